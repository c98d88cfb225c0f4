import { FileRecord } from "@waybill/core/catalog/record";
import * as z from "zod/mini";

const text = z.string();
const count = z.int().check(z.minimum(0));

const Read = z
  .object({
    requests: count.check(z.describe("Requests to DynamoDB.")),
    items: count.check(z.describe("Items read, whether or not they are part of the answer.")),
    units: z.number().check(z.describe("Read units, which are what AWS charges for.")),
  })
  .check(z.describe("What the answer cost."));

const page = {
  records: z.array(FileRecord),
  unfit: z
    .array(z.object({ key: text, reason: text }))
    .check(z.describe("Records that do not fit this version of Waybill, and why.")),
  read: Read,
};

const startAfter = text.check(z.describe("The key to start after."));
const NEXT = "What to add to the request for the next page; absent on the last.";

const KeyCursor = z.object({ startAfter }).check(z.describe(NEXT));
const TimeCursor = z
  .object({ startAfterTime: text, startAfter: z.optional(startAfter) })
  .check(z.describe(NEXT));
const FindCursor = z
  .object({ startAfterTime: z.optional(text), startAfter: z.optional(startAfter) })
  .check(z.describe(NEXT));

/** A page of `GET /files`. */
export const ListPage = z.object({
  ...page,
  prefixes: z
    .array(text)
    .check(z.describe("With a delimiter: what the keys that have it begin with, each once.")),
  next: z.optional(KeyCursor),
});

/** A page of `GET /recent`. */
export const RecentPage = z.object({
  ...page,
  since: text.check(z.describe("How far back was looked.")),
  next: z.optional(TimeCursor),
});

/** A page of `GET /duplicates`. */
export const DuplicatesPage = z.object({
  ...page,
  etag: z.optional(
    text.check(z.describe("The ETag that they share; absent for a file without content.")),
  ),
  next: z.optional(KeyCursor),
});

/** A page of `GET /find`. */
export const FindPage = z.object({
  ...page,
  index: z
    .enum(["table", "byTime"])
    .check(z.describe("What was read: the keys in order, or the last modified first.")),
  next: z.optional(FindCursor),
});

const totals = {
  files: count,
  bytes: count.check(z.describe("Of those whose size is known.")),
};

/** The answer of `GET /stats`. */
export const Stats = z.object({
  groups: z.readonly(z.array(z.object({ name: text, ...totals }))),
  others: z.optional(
    z
      .object(totals)
      .check(z.describe("What is in none of the groups; absent if there is nothing.")),
  ),
  total: z.object(totals),
  read: Read,
});

export { FileRecord };
export type ListPage = z.output<typeof ListPage>;
export type RecentPage = z.output<typeof RecentPage>;
export type DuplicatesPage = z.output<typeof DuplicatesPage>;
export type FindPage = z.output<typeof FindPage>;
export type Stats = z.output<typeof Stats>;

type OfEach<T> = T extends unknown ? keyof T : never;

/** What the members of a record mean. */
export const RECORD_MEMBERS: Record<OfEach<FileRecord>, string> = {
  bucket: "The bucket's name.",
  key: "The object's key, verbatim.",
  state:
    "`present`: as S3 described the object. `unreadable`: S3 would not describe it, so this is what its event said. `deleted`: a tombstone.",
  region: "The bucket's AWS region.",
  sequencer:
    "S3's place of the event in the order of events of this key; the greater is newer. Zeros where it has none.",
  event: "The event that the record stands on; its time is when S3 finished the request.",
  indexedAt: "When S3 was asked for what the record says.",
  firstIndexedAt: "When the object came into the catalogue, anew after each deletion.",
  versionId: "The object's version; absent if the bucket never had versions.",
  lastModified: "When the object was written.",
  size: "Bytes.",
  etag: "Without quotes; not always an MD5.",
  contentType: "The header Content-Type.",
  contentEncoding: "The header Content-Encoding.",
  contentLanguage: "The header Content-Language.",
  contentDisposition: "The header Content-Disposition.",
  cacheControl: "The header Cache-Control.",
  expires: "The header Expires, as it was set, which need not be a date.",
  websiteRedirect: "Where S3's website hosting redirects to.",
  storageClass: "S3's storage class.",
  archiveStatus: "The archive tier of S3 Intelligent-Tiering.",
  restore: "The copy of an archived object: whether it is being made, and until when it is there.",
  encryption: "How S3 encrypts the object.",
  checksums: "By S3's name of the algorithm, such as `CRC64NVME`; in base64.",
  checksumType: "Whether the checksums are of the whole object or of its parts.",
  metadata: "User metadata; names are in lower case, without `x-amz-meta-`.",
  missingMetadata: "How many entries of user metadata S3 could not send.",
  unreadable: "Why S3 would not describe the object.",
  expiresAt: "When the tombstone may vanish.",
};
