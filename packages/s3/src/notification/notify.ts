import type { S3Context } from "../context.ts";
import type { Bucket } from "../store/buckets.ts";
import { eventBody, type EventOrigin, type ObjectChange } from "./event.ts";
import { EVENT_BRIDGE, eventBridgeBody } from "./event-bridge.ts";
import { matches } from "./rules.ts";

/** Adds the notifications of a change to the outbox. Must run in the transaction of the change. */
export function notify(
  context: S3Context,
  bucket: Bucket,
  change: ObjectChange,
  origin: EventOrigin,
): void {
  const { key } = change.object;
  const lane = `${bucket.name}/${key}`;
  const { region, accountId } = context;
  const where = { region, accountId, bucket: bucket.name, time: context.clock() };
  if (bucket.settings.eventBridge) {
    context.store.outbox.add(EVENT_BRIDGE, lane, eventBridgeBody(change, where, origin));
  }
  for (const rule of bucket.settings.notifications) {
    if (!matches(rule, change.event, key)) continue;
    const body = eventBody(change, { ...where, configurationId: rule.id }, origin);
    context.store.outbox.add(rule.queueArn, lane, body);
  }
}
