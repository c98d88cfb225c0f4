import type { IncomingMessage, ServerResponse } from "node:http";
import { type Behavior, DEFAULT_BEHAVIOR } from "./behavior.ts";
import type { CheckPolicy, Deliver, S3Context } from "./context.ts";
import { ensureBucket } from "./ensure-bucket.ts";
import { handle } from "./handle.ts";
import { expire, transition } from "./lifecycle.ts";
import { Deliverer } from "./notification/deliverer.ts";
import type { S3Access, S3Caller } from "./request.ts";
import type { BucketSettings } from "./settings.ts";
import { Store } from "./store/store.ts";

export interface S3Options {
  /**
   * The folder that holds all data. It is created if it does not exist. One process at a time can
   * open it.
   */
  readonly dir: string;
  readonly region: string;
  readonly accountId: string;
  /** Replaces the system clock in tests. */
  readonly clock?: () => Date;
  /**
   * Delivers one notification body to its queue and resolves when the queue has stored it. A
   * rejected delivery is retried with backoff until it succeeds. Notifications of one key are
   * delivered in the order of its changes.
   */
  readonly deliver: Deliver;
  /** Checks a bucket policy before it is stored. By default, any JSON object is accepted. */
  readonly checkPolicy?: CheckPolicy;
  /** What AWS leaves open; it lasts until the store is closed. */
  readonly behavior?: Partial<Behavior>;
}

export interface RequestOptions {
  readonly caller: S3Caller;
  readonly access: S3Access;
  /** The bucket of a virtual-hosted-style request. Without it the path names the bucket. */
  readonly bucket?: string | undefined;
}

/** The S3 of one account in one Region. */
export interface S3 {
  /**
   * Creates the bucket, or applies the settings to an existing bucket and keeps its objects. Sends
   * `s3:TestEvent` to queues that were not a destination before. Versioning that was once enabled
   * can only be suspended. Throws `S3Error` if S3 would reject the name or the notification rules.
   */
  ensureBucket(name: string, settings: BucketSettings): void;
  /**
   * Handles one request, and resolves when the response is sent. `request.url` must not be
   * normalized, because "a/../b" is a valid key. `Expect: 100-continue` must already be answered,
   * as Node's server does. Rejects only if the content cannot be read after the response has begun.
   */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    options: RequestOptions,
  ): Promise<void>;
  /**
   * Expires the current object of a key or, with a version id, that version, which must not be the
   * current object, as a lifecycle rule does. The event has the sequencer of what expires. Returns false
   * if there is nothing to expire.
   */
  expire(bucket: string, key: string, versionId?: string): boolean;
  /** What AWS leaves open, to read and to change. */
  readonly behavior: Behavior;
  /**
   * Moves the current object of a key to another storage class, as a lifecycle rule does. Throws
   * `NoSuchKey` if there is none.
   */
  transition(bucket: string, key: string, storageClass: string): void;
  /** Returns the current policy of a bucket, as JSON. */
  policyOf(bucket: string): string | undefined;
  /** Returns how many notifications are not delivered yet. */
  pendingNotifications(): number;
  /** Resolves when every notification is delivered. */
  settled(): Promise<void>;
  /** Stops deliveries and closes the store. All requests must have ended. */
  close(): Promise<void>;
}

/**
 * Opens the store in `dir`, deletes what a crash left there, and resumes deliveries. Throws
 * `StoreError`: `store.in_use` if another process has it open, `store.other_format`,
 * `store.unreadable`.
 */
export async function openS3(options: S3Options): Promise<S3> {
  const { dir, region, accountId, deliver } = options;
  const clock = options.clock ?? (() => new Date());
  const store = new Store(dir, clock);
  await store.bodies.sweep();
  const deliverer = new Deliverer(store, deliver);
  const behavior = { ...DEFAULT_BEHAVIOR, ...options.behavior };
  const checkPolicy = options.checkPolicy ?? (() => undefined);
  const context: S3Context = { store, region, accountId, clock, deliver, behavior, checkPolicy };
  deliverer.start();
  return {
    ensureBucket: (name, settings) => ensureBucket(context, name, settings),
    handle: (request, response, { caller, access, bucket }) =>
      handle(context, { raw: request, response, caller, access, bucket }),
    expire: (bucket, key, versionId) => expire(context, bucket, key, versionId),
    behavior,
    transition: (bucket, key, storageClass) => transition(context, bucket, key, storageClass),
    policyOf: (bucket) => store.buckets.get(bucket)?.settings.policy,
    pendingNotifications: () => store.outbox.pending,
    settled: () => deliverer.settled(),
    async close() {
      await deliverer.close();
      await store.bodies.settled();
      store.close();
    },
  };
}
