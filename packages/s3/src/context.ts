import type { Store } from "./store/store.ts";

/** Delivers one notification body to its queue; resolves when the queue has it. */
export type Deliver = (queueArn: string, body: string) => Promise<void>;

/** What every operation works on. */
export interface S3Context {
  readonly store: Store;
  readonly region: string;
  readonly accountId: string;
  readonly clock: () => Date;
  readonly deliver: Deliver;
}
