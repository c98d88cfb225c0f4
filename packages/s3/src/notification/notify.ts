import type { S3Context } from "../context.ts";
import type { Bucket } from "../store/buckets.ts";
import { eventBody, type EventOrigin, type ObjectChange } from "./event.ts";
import { matches } from "./rules.ts";

/** Adds the notifications of a change to the outbox. Must run in the transaction of the change. */
export function notify(
  context: S3Context,
  bucket: Bucket,
  change: ObjectChange,
  origin: EventOrigin,
): void {
  const { key } = change.object;
  for (const rule of bucket.settings.notifications) {
    if (!matches(rule, change.event, key)) continue;
    const place = {
      region: context.region,
      accountId: context.accountId,
      bucket: bucket.name,
      configurationId: rule.id,
      time: context.clock(),
    };
    const body = eventBody(change, place, origin);
    context.store.outbox.add(rule.queueArn, `${bucket.name}/${key}`, body);
  }
}
