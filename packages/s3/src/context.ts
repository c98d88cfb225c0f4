import type { Behavior } from "./behavior.ts";
import type { Store } from "./store/store.ts";

/**
 * Delivers one notification body to its queue, topic or function, and resolves when the destination
 * has stored it.
 */
export type Deliver = (queueArn: string, body: string) => Promise<void>;

/**
 * Returns what is wrong with a bucket policy, or undefined. S3 stores no policy that cannot be
 * evaluated.
 */
export type CheckPolicy = (policy: string, bucket: string) => string | undefined;

/** The state and settings that all operations share. */
export interface S3Context {
  readonly store: Store;
  readonly region: string;
  readonly accountId: string;
  readonly clock: () => Date;
  readonly deliver: Deliver;
  readonly checkPolicy: CheckPolicy;
  /** Can be changed while the server runs. */
  readonly behavior: Behavior;
}
