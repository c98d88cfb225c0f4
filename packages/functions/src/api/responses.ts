import { FileRecord } from "@waybill/core/catalog/record";
import * as z from "zod/mini";

const text = z.string();
const count = z.int().check(z.minimum(0));

const Read = z
  .object({
    requests: count.check(z.describe("Requests to DynamoDB.")),
    items: count.check(z.describe("Items read, including those that are not in the response.")),
    units: z.number().check(z.describe("DynamoDB read units, which AWS charges for.")),
  })
  .check(z.describe("What the response cost."));

const completeAsOf = z.optional(
  text.check(
    z.describe(
      "The start of the last comparison of this prefix with the bucket that left no difference. Later changes are there if their events arrived. Absent if there was no such comparison.",
    ),
  ),
);

const page = {
  completeAsOf,
  records: z.array(FileRecord),
  unfit: z
    .array(z.object({ key: text, reason: text }))
    .check(z.describe("Records that this version of Waybill cannot read, and why.")),
  read: Read,
};

const startAfter = text.check(z.describe("The key to start after."));
const NEXT = "Parameters to add to the same request for the next page; absent on the last page.";

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
    .check(z.describe("With a delimiter: the common prefixes of the grouped keys, each once.")),
  next: z.optional(KeyCursor),
});

/** A page of `GET /recent`. */
export const RecentPage = z.object({
  ...page,
  since: text.check(z.describe("The start of the time range that was read.")),
  next: z.optional(TimeCursor),
});

/** A page of `GET /duplicates`. */
export const DuplicatesPage = z.object({
  ...page,
  content: z.optional(
    z
      .object({
        kind: z
          .enum(["crc64nvme", "etag"])
          .check(
            z.describe(
              "`crc64nvme`: the CRC64NVME of the full object, and the size. `etag`: the ETag.",
            ),
          ),
        identity: text.check(
          z.describe("`crc64nvme:<checksum in base64>:<bytes>`, or the ETag without quotes."),
        ),
      })
      .check(
        z.describe(
          "What the files have in common. Absent if the file of the query is empty or its content is unknown: it has no duplicates.",
        ),
      ),
  ),
  next: z.optional(KeyCursor),
});

/** A page of `GET /find`. */
export const FindPage = z.object({
  ...page,
  index: z
    .enum(["table", "byTime"])
    .check(
      z.describe(
        "What was read. `table`: the records are in key order. `byTime`: the latest arrival is first.",
      ),
    ),
  next: z.optional(FindCursor),
});

const totals = {
  files: count,
  bytes: count.check(z.describe("The total size of the files whose size is known.")),
};

/** The response of `GET /stats`. */
export const Stats = z.object({
  groups: z.readonly(z.array(z.object({ name: text, ...totals }))),
  others: z.optional(
    z
      .object(totals)
      .check(z.describe("The files that are in none of the groups; absent if there are none.")),
  ),
  total: z.object(totals),
  completeAsOf,
  read: Read,
});

export { FileRecord };

type KeyOfEach<T> = T extends unknown ? keyof T : never;

/** Descriptions of the members of a record, for the OpenAPI document. */
export const RECORD_MEMBERS: Record<KeyOfEach<FileRecord>, string> = {
  bucket: "The name of the bucket.",
  key: "The object key, verbatim.",
  state:
    "`present`: S3 described the object. `unreadable`: S3 did not describe it; the record holds what the event said. `deleted`: a tombstone.",
  region: "The AWS region of the bucket.",
  sequencer:
    "The greatest S3 sequencer seen in an event of the key, padded with zeros on the left. All zeros if unknown.",
  event:
    "The latest event of the key: its name, when S3 finished the request, and who made the request from where, as far as S3 says.",
  readAt: "When the object was read; the record says what S3 answered then.",
  arrivedAt: "When the object arrived: the time of the event of its creation, or `lastModified`.",
  firstIndexedAt: "When the object was first added to the catalog; starts again after a deletion.",
  versionId: "The object version; absent if the bucket was never versioned.",
  lastModified: "When the object was written; for an upload in parts, when it was started.",
  size: "The size in bytes.",
  etag: "The ETag without quotes; not always an MD5.",
  contentType: "The header Content-Type.",
  contentEncoding: "The header Content-Encoding.",
  contentLanguage: "The header Content-Language.",
  contentDisposition: "The header Content-Disposition.",
  cacheControl: "The header Cache-Control.",
  expires: "The header Expires as it was set; not necessarily a date.",
  websiteRedirect: "The redirect target of S3 website hosting.",
  storageClass: "The S3 storage class.",
  archiveStatus: "The archive tier of S3 Intelligent-Tiering.",
  restore:
    "The temporary copy of an archived object: whether the restore is in progress, and when the copy expires.",
  encryption: "How S3 encrypts the object.",
  checksums: "Base64 checksums, by S3's name of the algorithm, such as `CRC64NVME`.",
  checksumType: "Whether the checksums are of the whole object or of its parts.",
  metadata: "User metadata; names are in lower case, without `x-amz-meta-`.",
  missingMetadata: "The number of user metadata entries that S3 could not return.",
  tags: "The tags of the object; absent if the stage does not record tags.",
  unreadable: "Why S3 did not describe the object.",
  expiresAt: "When the tombstone expires.",
};
