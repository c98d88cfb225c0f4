import * as z from "zod/mini";

import { fromStoredSequencer } from "../notification/sequencer.ts";
import { fit } from "./fit.ts";
import { placeOf } from "./keys.ts";
import { EventNote } from "./stored.ts";
import { withChosenNames } from "./stored-names.ts";

const text = z.string();
const optionalText = z.optional(text);

const common = {
  bucket: text,
  /** The object's key, verbatim. */
  key: text,
  region: text,
  /** The greatest sequencer seen in an event of the key, normalized; zeros if no event had one. */
  sequencer: text,
  /** The latest event of the key; its time is when S3 finished the request. */
  event: EventNote,
  /** When S3 was asked for the object. The record is what S3 answered then. */
  readAt: text,
};

const present = {
  /** When the object was first recorded, or first recorded after it was deleted. */
  firstIndexedAt: text,
  /** When the object arrived: the time of the event of its creation, or `lastModified` if that is unknown. */
  arrivedAt: text,
  versionId: optionalText,
  /** S3's `LastModified`, or the time of the event if it is unknown. */
  lastModified: text,
};

const PresentRecord = z.object({
  ...common,
  ...present,
  state: z.literal("present"),
  /** Bytes. */
  size: z.number(),
  /** Without quotes; not always an MD5. */
  etag: text,
  contentType: optionalText,
  contentEncoding: optionalText,
  contentLanguage: optionalText,
  contentDisposition: optionalText,
  cacheControl: optionalText,
  expires: optionalText,
  websiteRedirect: optionalText,
  storageClass: text,
  archiveStatus: optionalText,
  restore: z.optional(z.object({ ongoing: z.boolean(), until: optionalText })),
  encryption: z.optional(
    z.object({ algorithm: text, kmsKeyId: optionalText, bucketKey: z.optional(z.boolean()) }),
  ),
  /** By S3's name of the algorithm, such as `CRC64NVME`; in base64, as S3 returns them. */
  checksums: z.optional(z.record(text, text)),
  checksumType: optionalText,
  /** User metadata, decoded; names in lower case, without `x-amz-meta-`. */
  metadata: z.prefault(z.record(text, text), {}),
  /** Number of user metadata entries that S3 could not return. */
  missingMetadata: z.optional(z.number()),
  /** Absent if the stage did not record tags when the object was read. */
  tags: z.optional(z.record(text, text)),
});

const UnreadableRecord = z.object({
  ...common,
  ...present,
  state: z.literal("unreadable"),
  size: z.optional(z.number()),
  etag: optionalText,
  unreadable: z.object({ reason: text }),
});

const DeletedRecord = z.object({
  ...common,
  state: z.literal("deleted"),
  /** When DynamoDB may delete the record. */
  expiresAt: text,
});

/**
 * The record of one object key.
 *
 * `present`: the description of the object by S3. `unreadable`: S3 does not describe the object, so the
 * record has the data of the event. `deleted`: a tombstone, kept so that a late event does not restore
 * the record. All times are ISO-8601 UTC to the millisecond.
 */
export const FileRecord = z.discriminatedUnion("state", [
  PresentRecord,
  UnreadableRecord,
  DeletedRecord,
]);
export type FileRecord = z.output<typeof FileRecord>;

/** The last second that a JavaScript date can represent. */
const MAX_SECONDS = 8.64e12;

const Item = z.looseObject({
  pk: text,
  sk: text,
  sequencer: text,
  indexedAt: optionalText,
  object: z.optional(z.record(text, z.unknown())),
  expiresAt: z.optional(z.number().check(z.minimum(0), z.maximum(MAX_SECONDS))),
});

/**
 * Reads an item of the table. Unknown attributes are ignored. Throws an `InputError` if the item does not
 * fit this version of Waybill, for example because a later version wrote it.
 */
export function parseItem(item: Record<string, unknown>): FileRecord {
  const { object, expiresAt, ...attributes } = fit(Item, item);
  const record = fit(FileRecord, {
    ...object,
    ...sinceFirstRelease(object, attributes),
    ...attributes,
    sequencer: fromStoredSequencer(attributes.sequencer),
    ...placeOf(attributes),
    expiresAt: expiresAt === undefined ? undefined : isoTime(expiresAt),
  });
  // Only now: zod drops a member that is named `__proto__`.
  if (record.state === "present") {
    record.metadata = withChosenNames(record.metadata);
    if (record.tags) record.tags = withChosenNames(record.tags);
  }
  return record;
}

/** The fields that records of the first release do not have, from what they had instead. */
function sinceFirstRelease(
  object: Record<string, unknown> | undefined,
  { indexedAt }: { readonly indexedAt?: string | undefined },
) {
  if (indexedAt === undefined) return {};
  return { readAt: indexedAt, arrivedAt: object?.["lastModified"] };
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
