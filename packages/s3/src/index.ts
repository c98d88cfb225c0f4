import type { IncomingMessage, ServerResponse } from "node:http";
import type { Deliver, S3Context } from "./context.ts";
import { S3Error } from "./error.ts";
import { handle } from "./handle.ts";
import { expire, transition } from "./lifecycle.ts";
import { Deliverer } from "./notification/deliverer.ts";
import { testEventBody } from "./notification/event.ts";
import { refusal } from "./notification/rules.ts";
import { isBucketName } from "./operations/target.ts";
import { newRequestIds, type S3Access, type S3Caller } from "./request.ts";
import type { BucketSettings, Versioning } from "./settings.ts";
import { Store } from "./store/store.ts";

export { S3Error } from "./error.ts";
export { operationOf, type IncomingRequest } from "./router.ts";
export type { S3Access, S3Caller } from "./request.ts";
export type { BucketSettings, NotificationRule } from "./settings.ts";

export interface S3Options {
  /** Where everything lives; created when missing. One process at a time may have it open. */
  readonly dir: string;
  readonly region: string;
  readonly accountId: string;
  /** Injected by tests. */
  readonly clock?: () => Date;
  /**
   * Delivers one notification body to its queue; resolves when the queue has it. Rejections are retried
   * with backoff, for ever; notifications of one key are handed over in the order of its changes.
   */
  readonly deliver: Deliver;
}

/** An S3 of one account in one Region. */
export interface S3 {
  /**
   * Creates the bucket or brings an existing one to these settings; objects stay. Queues that become
   * destinations are sent `s3:TestEvent`. Versions once had can only be suspended. Throws for a name or for rules that S3 would refuse.
   */
  ensureBucket(name: string, settings: BucketSettings): void;
  /**
   * Handles one request and resolves when it is answered. `request.url` must be raw. In virtual-host
   * style `bucket` is what the host names; in path style it is the first segment. `Expect: 100-continue`
   * must have been answered, as Node's server does by itself.
   */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    caller: S3Caller,
    access: S3Access,
    bucket?: string,
  ): Promise<void>;
  /** What a lifecycle rule does to a key that is due. False where there was no object. */
  expire(bucket: string, key: string): boolean;
  /** What a lifecycle rule does to move the current object to another storage class. */
  transition(bucket: string, key: string, storageClass: string): void;
  /** Notifications not yet handed to their queue. */
  pendingNotifications(): number;
  /** Resolves when every pending notification has been delivered. */
  settled(): Promise<void>;
  /** Stops deliveries and closes the store. Requests must have ended. */
  close(): Promise<void>;
}

/**
 * Opens the store in `dir`, clears away what a crash left there, and resumes deliveries.
 * @throws StoreError `store.in_use` if another process has it open; `store.other_format`, `store.unreadable`.
 */
export async function openS3(options: S3Options): Promise<S3> {
  const { dir, region, accountId, deliver } = options;
  const clock = options.clock ?? (() => new Date());
  const store = new Store(dir, clock);
  await store.bodies.sweep();
  const deliverer = new Deliverer(store, deliver);
  const context: S3Context = { store, region, accountId, clock, deliver };
  deliverer.start();
  return {
    ensureBucket: (name, settings) => ensureBucket(context, name, settings),
    handle: (raw, response, caller, access, bucket) =>
      handle(context, { raw, response, caller, access, bucket }),
    expire: (bucket, key) => expire(context, bucket, key),
    transition: (bucket, key, storageClass) => transition(context, bucket, key, storageClass),
    pendingNotifications: () => store.outbox.pending,
    settled: () => deliverer.settled(),
    async close() {
      await deliverer.close();
      await store.bodies.settled();
      store.close();
    },
  };
}

/** A bucket that has had versions can only suspend them. */
function kept(before: BucketSettings, after: BucketSettings): Versioning {
  return after.versioning === "Unversioned" && before.versioning !== "Unversioned"
    ? "Suspended"
    : after.versioning;
}

function ensureBucket(context: S3Context, name: string, settings: BucketSettings): void {
  const { store, clock } = context;
  if (!isBucketName(name)) {
    throw new S3Error("InvalidBucketName", { details: { BucketName: name } });
  }
  const reason = refusal(settings.notifications);
  if (reason !== undefined) {
    throw new S3Error("InvalidArgument", { message: `The notifications of ${name}: ${reason}` });
  }
  store.write(() => {
    const existing = store.buckets.get(name);
    const known = new Set(existing?.settings.notifications.map(({ queueArn }) => queueArn));
    if (existing)
      store.buckets.change(existing, {
        ...settings,
        versioning: kept(existing.settings, settings),
      });
    else store.buckets.create(name, clock().getTime(), settings);
    const origin = { principalId: "", sourceIp: "", ...newRequestIds() };
    for (const queueArn of new Set(settings.notifications.map((rule) => rule.queueArn))) {
      if (!known.has(queueArn)) {
        store.outbox.add(queueArn, name, testEventBody(name, clock(), origin));
      }
    }
  });
}
