import * as z from "zod/mini";

import { InputError } from "../error.ts";
import { kindOf, type ObjectEvent, type RejectedRecord } from "./event.ts";
import { decodeKey } from "./key.ts";
import { normalizeSequencer } from "./sequencer.ts";

/** The content of one queue message: S3's test event, or records. */
export type Notification =
  | { readonly kind: "test" }
  | { readonly kind: "records"; readonly records: readonly (ObjectEvent | RejectedRecord)[] };

const Envelope = z.object({ Records: z.array(z.unknown()) });
const TestEvent = z.object({ Event: z.literal("s3:TestEvent") });
const TopicMessage = z.object({ Type: z.literal("Notification"), Message: z.string() });

const headerFields = {
  eventVersion: z.string(),
  eventSource: z.string(),
  eventName: z.string(),
};

/** The fields of every record, also of an unknown event. */
const Header = z.object(headerFields);

/** Makes a schema accept any value; a value that does not match becomes undefined. */
// oxlint-disable-next-line promise/valid-params -- this is zod's catch, not a promise's
const lenient = <T extends z.ZodMiniType>(schema: T) => z.catch(z.optional(schema), undefined);
const text = lenient(z.string());

/** The fields that identify an object, each as far as it can be read. */
const Facts = z.object({
  eventName: text,
  awsRegion: text,
  s3: lenient(
    z.object({
      bucket: lenient(z.object({ name: text })),
      object: lenient(z.object({ key: text, versionId: text })),
    }),
  ),
});

/** A record of an event that changes the catalog. */
const WholeRecord = z.object({
  ...headerFields,
  awsRegion: z.string(),
  eventTime: z.string(),
  s3: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.nullish(z.number()),
      eTag: z.nullish(z.string()),
      versionId: z.nullish(z.string()),
      sequencer: z.nullish(z.string()),
    }),
  }),
});

/** The supported major version of the event format. S3 increments it for incompatible changes. */
const MAJOR_VERSION = "2";

/**
 * Parses a queue message that S3 sent, directly or through an SNS topic.
 *
 * A record that is malformed, has another major version or is about another bucket than `bucket` is
 * returned as a `RejectedRecord`. Throws an `InputError` if the body is not an S3 notification.
 */
export function parseNotification(body: string, bucket: string): Notification {
  const message = parseJson(body);
  // The common case comes first: a schema that does not match is slow, because it creates an error.
  const notification = readMessage(message, bucket) ?? readMessage(unwrap(message), bucket);
  if (notification !== undefined) return notification;
  throw new InputError(
    "notification.no_records",
    "The message is not an S3 event notification: it has no Records.",
  );
}

function readMessage(message: unknown, bucket: string): Notification | undefined {
  const envelope = Envelope.safeParse(message);
  if (envelope.success && envelope.data.Records.length > 0) {
    const records = envelope.data.Records.map((record) => parseRecord(record, bucket));
    return { kind: "records", records };
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

function parseRecord(record: unknown, bucket: string): ObjectEvent | RejectedRecord {
  try {
    return readRecord(record, bucket);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { kind: "rejected", ...readFacts(record), error };
  }
}

function readRecord(record: unknown, bucket: string): ObjectEvent {
  const whole = WholeRecord.safeParse(record);
  const header = whole.data ?? read(Header, record);
  if (header.eventSource !== "aws:s3") {
    throw new InputError("notification.other_source", "The record's eventSource is not aws:s3.");
  }
  const major = /^(\d+)\.\d+$/.exec(header.eventVersion)?.[1];
  if (major === undefined || header.eventName === "") {
    throw new InputError("notification.malformed", "The record has no eventVersion or eventName.");
  }
  if (major !== MAJOR_VERSION) {
    throw new InputError(
      "notification.unknown_version",
      `The record's eventVersion is ${header.eventVersion}; only ${MAJOR_VERSION}.x is supported.`,
    );
  }
  const name = nameOf(header.eventName);
  const kind = kindOf(name);
  if (kind === "ignored") {
    const facts = readFacts(record);
    if (facts.bucket !== undefined) checkBucket(facts.bucket, bucket);
    return { ...facts, kind, name };
  }

  if (!whole.success) throw malformed(whole.error);
  const { awsRegion, eventTime, s3 } = whole.data;
  checkBucket(s3.bucket.name, bucket);
  const facts = {
    name,
    time: readTime(eventTime),
    region: awsRegion,
    bucket,
    key: decodeKey(s3.object.key),
    versionId: s3.object.versionId ?? undefined,
    size: s3.object.size ?? undefined,
    etag: s3.object.eTag ?? undefined,
  };
  if (kind === "changed") return { kind, ...facts };
  if (s3.object.sequencer === undefined || s3.object.sequencer === null) {
    throw new InputError("notification.no_sequencer", `The record of ${name} has no sequencer.`);
  }
  return { kind, ...facts, sequencer: normalizeSequencer(s3.object.sequencer) };
}

/** AWS sends names without the prefix `s3:`, some S3-compatible stores with it. */
const nameOf = (eventName: string) => eventName.replace(/^s3:/, "");

function readFacts(record: unknown) {
  const { eventName, awsRegion, s3 } = Facts.safeParse(record).data ?? {};
  return {
    name: eventName === undefined ? undefined : nameOf(eventName),
    region: awsRegion,
    bucket: s3?.bucket?.name,
    key: s3?.object?.key === undefined ? undefined : readableKey(s3.object.key),
    versionId: s3?.object?.versionId,
  };
}

function readableKey(encoded: string): string {
  try {
    return decodeKey(encoded);
  } catch (error) {
    if (error instanceof InputError) return encoded;
    throw error;
  }
}

function checkBucket(name: string, bucket: string): void {
  if (name === bucket) return;
  throw new InputError(
    "notification.other_bucket",
    `The record is about the bucket ${name}, not ${bucket}.`,
  );
}

function readTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) {
    throw new InputError("notification.malformed", "The record's eventTime is not a date.");
  }
  return date.toISOString();
}

function read<T>(schema: z.ZodMiniType<T>, record: unknown): T {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw malformed(parsed.error);
}

function malformed({ issues: [issue] }: z.core.$ZodError): InputError {
  return new InputError(
    "notification.malformed",
    `The record is malformed at ${issue?.path.join(".") || "the top level"}: ${issue?.message ?? ""}`,
  );
}
