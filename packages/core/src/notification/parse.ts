import * as z from "zod/mini";

import { InputError } from "../error.ts";
import { kindOf, type ObjectEvent } from "./event.ts";
import { decodeKey } from "./key.ts";
import { normaliseSequencer } from "./sequencer.ts";

/** What one queue message holds: S3's test, or records, each an event or the reason why it is none. */
export type Notification =
  | { readonly kind: "test"; readonly bucket?: string | undefined }
  | { readonly kind: "records"; readonly records: readonly (ObjectEvent | InputError)[] };

const Envelope = z.object({ Records: z.array(z.unknown()) });
const TestEvent = z.object({ Event: z.literal("s3:TestEvent"), Bucket: z.optional(z.string()) });
const TopicMessage = z.object({ Type: z.literal("Notification"), Message: z.string() });

const header = {
  eventVersion: z.string(),
  eventSource: z.string(),
  eventName: z.string(),
};

/** What every record has, whatever it is about. */
const Header = z.object(header);

const Place = z.object({
  awsRegion: z.optional(z.string()),
  s3: z.optional(
    z.object({
      bucket: z.optional(z.object({ name: z.string() })),
      object: z.optional(z.object({ key: z.string(), versionId: z.nullish(z.string()) })),
    }),
  ),
});

/** A record of an event that matters to the catalogue. */
const WholeRecord = z.object({
  ...header,
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

/** The major version of the event format that is understood; S3 bumps it when a reader would break. */
const MAJOR_VERSION = "2";

/**
 * Parses a queue message that S3 sent, directly or through an SNS topic.
 *
 * A record that is malformed, of another major version or about another bucket than `bucket` comes
 * back as an `InputError` among the others. Throws an `InputError` if the body holds no records at all.
 */
export function parseNotification(body: string, bucket: string): Notification {
  const message = parseJson(body);
  // The common case comes first: a schema that does not fit makes an error, which takes its time.
  return readMessage(message, bucket) ?? readMessage(unwrap(message), bucket) ?? refuse();
}

function readMessage(message: unknown, bucket: string): Notification | undefined {
  const envelope = Envelope.safeParse(message);
  if (envelope.success && envelope.data.Records.length > 0) {
    const records = envelope.data.Records.map((record) => parseRecord(record, bucket));
    return { kind: "records", records };
  }
  const test = TestEvent.safeParse(message);
  return test.success ? { kind: "test", bucket: test.data.Bucket } : undefined;
}

/** What a topic of SNS wraps; undefined if it is not the message of one. */
function unwrap(message: unknown): unknown {
  const topic = TopicMessage.safeParse(message);
  return topic.success ? parseJson(topic.data.Message) : undefined;
}

function refuse(): never {
  throw new InputError(
    "notification.no_records",
    "The message is no S3 event notification: it has no Records.",
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own error quotes the text, which is not ours to log.
    throw new InputError("notification.not_json", "The message is not JSON.");
  }
}

function parseRecord(record: unknown, bucket: string): ObjectEvent | InputError {
  try {
    return readRecord(record, bucket);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
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
      `The record's eventVersion is ${header.eventVersion}; ${MAJOR_VERSION}.x is understood.`,
    );
  }
  // AWS sends names without the prefix, some S3-compatible stores with it.
  const name = header.eventName.replace(/^s3:/, "");
  const kind = kindOf(name);
  if (kind === "ignored") return { kind, name, ...readPlace(record, bucket) };

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
    throw new InputError("notification.no_sequencer", `A record of ${kind} must have a sequencer.`);
  }
  return { kind, ...facts, sequencer: normaliseSequencer(s3.object.sequencer) };
}

/** Where an ignored event happened, as far as it can be read: it is only logged. */
function readPlace(record: unknown, bucket: string) {
  const place = Place.safeParse(record).data;
  const name = place?.s3?.bucket?.name;
  if (name !== undefined) checkBucket(name, bucket);
  return {
    region: place?.awsRegion,
    bucket: name,
    key: place?.s3?.object?.key,
    versionId: place?.s3?.object?.versionId ?? undefined,
  };
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
    throw new InputError("notification.malformed", "The record's eventTime is no date.");
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
    `The record is malformed at ${issue?.path.join(".") || "its top"}: ${issue?.message ?? ""}`,
  );
}
