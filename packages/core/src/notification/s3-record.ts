import * as z from "zod/mini";

import { InputError } from "../error.ts";
import { kindOf, type ObjectEvent } from "./event.ts";
import { checkBucket, lenient, lenientText, malformed, read, readTime } from "./fields.ts";
import { decodeKey } from "./key.ts";
import { normalizeSequencer } from "./sequencer.ts";

const headerFields = {
  eventVersion: z.string(),
  eventSource: z.string(),
  eventName: z.string(),
};

/** The fields of every record, also of an unknown event. */
const Header = z.object(headerFields);

/** The fields that identify an object, each as far as it can be read. */
const Facts = z.object({
  eventName: lenientText,
  awsRegion: lenientText,
  s3: lenient(
    z.object({
      bucket: lenient(z.object({ name: lenientText })),
      object: lenient(z.object({ key: lenientText, versionId: lenientText })),
    }),
  ),
});

/** A record of an event that changes the catalog. */
const WholeRecord = z.object({
  ...headerFields,
  awsRegion: z.string(),
  eventTime: z.string(),
  userIdentity: lenient(z.object({ principalId: lenientText })),
  requestParameters: lenient(z.object({ sourceIPAddress: lenientText })),
  responseElements: lenient(z.object({ "x-amz-request-id": lenientText })),
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

/** Reads a record of S3's own notifications. Throws an `InputError` if it must not be processed. */
export function readS3Record(record: unknown, bucket: string): ObjectEvent {
  const whole = WholeRecord.safeParse(record);
  const header = whole.data ?? read(Header, record);
  checkHeader(header);
  const name = nameOf(header.eventName);
  const kind = kindOf(name);
  if (kind === "ignored") {
    const facts = readS3Facts(record);
    if (facts.bucket !== undefined) checkBucket(facts.bucket, bucket);
    return { ...facts, kind, name };
  }

  if (!whole.success) throw malformed(whole.error);
  const { awsRegion, eventTime, userIdentity, requestParameters, responseElements, s3 } =
    whole.data;
  checkBucket(s3.bucket.name, bucket);
  const sequencer = s3.object.sequencer ?? undefined;
  if (sequencer === undefined && kind !== "changed") {
    throw new InputError("notification.no_sequencer", `The record of ${name} has no sequencer.`);
  }
  return {
    kind,
    name,
    time: readTime(eventTime, "eventTime"),
    region: awsRegion,
    bucket,
    key: decodeKey(s3.object.key),
    versionId: s3.object.versionId ?? undefined,
    size: s3.object.size ?? undefined,
    etag: s3.object.eTag ?? undefined,
    sequencer: sequencer === undefined ? undefined : normalizeSequencer(sequencer),
    principal: userIdentity?.principalId,
    sourceIp: requestParameters?.sourceIPAddress,
    requestId: responseElements?.["x-amz-request-id"],
  };
}

function checkHeader({ eventSource, eventVersion, eventName }: z.output<typeof Header>): void {
  if (eventSource !== "aws:s3") {
    throw new InputError("notification.other_source", "The record's eventSource is not aws:s3.");
  }
  const major = /^(\d+)\.\d+$/.exec(eventVersion)?.[1];
  if (major === undefined || eventName === "") {
    throw new InputError("notification.malformed", "The record has no eventVersion or eventName.");
  }
  if (major !== MAJOR_VERSION) {
    throw new InputError(
      "notification.unknown_version",
      `The record's eventVersion is ${eventVersion}; only ${MAJOR_VERSION}.x is supported.`,
    );
  }
}

/** AWS sends names without the prefix `s3:`, some S3-compatible stores with it. */
const nameOf = (eventName: string) => eventName.replace(/^s3:/, "");

/** The fields of a record as far as they can be read. */
export function readS3Facts(record: unknown) {
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
