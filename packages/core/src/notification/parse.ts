import * as z from "zod/mini";

import { InputError } from "../error.ts";
import type { ObjectEvent, RejectedRecord } from "./event.ts";
import { isEventBridgeEvent, readEventBridgeEvent, readEventBridgeFacts } from "./eventbridge.ts";
import { readS3Facts, readS3Record } from "./s3-record.ts";

/** The content of one queue message: S3's test event, or records. */
export type Notification =
  | { readonly kind: "test" }
  | { readonly kind: "records"; readonly records: readonly (ObjectEvent | RejectedRecord)[] };

const Envelope = z.object({ Records: z.array(z.unknown()) });
const TestEvent = z.object({ Event: z.literal("s3:TestEvent") });
const TopicMessage = z.object({ Type: z.literal("Notification"), Message: z.string() });

/**
 * Parses a queue message that S3 or EventBridge sent, directly or through an SNS topic.
 *
 * A record that is malformed, has another major version or is about another bucket than `bucket` is
 * returned as a `RejectedRecord`. Throws an `InputError` if the body is not an event notification.
 */
export function parseNotification(body: string, bucket: string): Notification {
  const message = parseJson(body);
  // The common case comes first: a schema that does not match is slow, because it creates an error.
  const notification = readMessage(message, bucket) ?? readMessage(unwrap(message), bucket);
  if (notification !== undefined) return notification;
  throw new InputError(
    "notification.no_records",
    "The message is not an S3 event notification: it has no Records, and no detail of EventBridge.",
  );
}

function readMessage(message: unknown, bucket: string): Notification | undefined {
  const envelope = Envelope.safeParse(message);
  if (envelope.success && envelope.data.Records.length > 0) {
    const records = envelope.data.Records.map((record) =>
      readOrReject(
        () => readS3Record(record, bucket),
        () => readS3Facts(record),
      ),
    );
    return { kind: "records", records };
  }
  if (isEventBridgeEvent(message)) {
    const record = readOrReject(
      () => readEventBridgeEvent(message, bucket),
      () => readEventBridgeFacts(message),
    );
    return { kind: "records", records: [record] };
  }
  return TestEvent.safeParse(message).success ? { kind: "test" } : undefined;
}

/** The message inside an SNS notification; undefined if it is not one. */
function unwrap(message: unknown): unknown {
  const topic = TopicMessage.safeParse(message);
  return topic.success ? parseJson(topic.data.Message) : undefined;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The parser's error quotes the text, which must not be logged.
    throw new InputError("notification.not_json", "The message is not JSON.");
  }
}

function readOrReject(
  readRecord: () => ObjectEvent,
  readFacts: () => Omit<RejectedRecord, "kind" | "error">,
): ObjectEvent | RejectedRecord {
  try {
    return readRecord();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { kind: "rejected", ...readFacts(), error };
  }
}
