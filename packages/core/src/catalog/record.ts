import * as z from "zod/mini";

import { InputError } from "../error.ts";
import { placeOf } from "./keys.ts";

const text = z.string();
const optionalText = z.optional(text);

const common = {
  bucket: text,
  /** The object's key, verbatim. */
  key: text,
  region: text,
  /** Of the event that the record stands on: normalised, greater is newer; zeros if it has none. */
  sequencer: text,
  /** The event that the record stands on; its time is when S3 finished the request. */
  event: z.object({ name: text, time: text }),
  /** When S3 was asked for what the record says, or when it was written if nothing was asked. */
  indexedAt: text,
};

const present = {
  /** When the object came into the catalogue; it starts anew if the object was deleted in between. */
  firstIndexedAt: text,
  versionId: optionalText,
  /** When S3 says the object was written, or else the time of the event. */
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
  /** By S3's name of the algorithm, as in `CRC64NVME`; base64 as S3 sends them. */
  checksums: z.optional(z.record(text, text)),
  checksumType: optionalText,
  /** User metadata, decoded; names are in lower case, without `x-amz-meta-`. */
  metadata: z.prefault(z.record(text, text), {}),
  /** How many entries of user metadata S3 could not send. */
  missingMetadata: z.optional(z.number()),
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
  /** When the record may vanish. */
  expiresAt: text,
});

/**
 * What the catalogue says about one object key.
 *
 * `present`: as S3 described the object. `unreadable`: S3 would not describe it, so this is what the
 * event said. `deleted`: a tombstone, kept so that a late event cannot bring the object back.
 * All times are ISO-8601 UTC to the millisecond.
 */
export const FileRecord = z.discriminatedUnion("state", [
  PresentRecord,
  UnreadableRecord,
  DeletedRecord,
]);
export type FileRecord = z.output<typeof FileRecord>;

/** The last second that a JavaScript date can be of. */
const MAX_SECONDS = 8.64e12;

const Item = z.looseObject({
  pk: text,
  sk: text,
  object: z.optional(z.record(text, z.unknown())),
  expiresAt: z.optional(z.number().check(z.minimum(0), z.maximum(MAX_SECONDS))),
});

/**
 * Reads an item of the table. Attributes that are not known are left out; throws an `InputError` if
 * the item does not fit otherwise, as one that a later version wrote may not.
 */
export function parseItem(item: Record<string, unknown>): FileRecord {
  const { object, expiresAt, ...standing } = fit(Item, item);
  return fit(FileRecord, {
    ...object,
    ...standing,
    ...placeOf(standing),
    expiresAt: expiresAt === undefined ? undefined : isoTime(expiresAt),
  });
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

function fit<T>(schema: z.ZodMiniType<T>, item: unknown): T {
  const parsed = schema.safeParse(item);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    "catalog.unfit_item",
    `The item does not fit this version of Waybill at ${issue?.path.join(".") || "its top"}: ${issue?.message ?? ""}`,
  );
}
