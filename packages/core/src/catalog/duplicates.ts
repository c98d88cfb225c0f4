import { filesBucket } from "../resource.ts";
import { type IdentityKind, kindOfIdentity } from "./content.ts";
import {
  CONTENT,
  CONTENT_INDEX,
  contentPartition,
  indexedIdentity,
  recordKey,
  SORT,
} from "./keys.ts";
import type { DuplicatesQuery } from "./query.ts";
import { newReads, readItem, readItems, type Reads } from "./reads.ts";
import { type FileRecord, parseItem } from "./record.ts";
import { readRecord, type Unfit } from "./unfit.ts";

/** What the files of a page have in common. */
export interface SharedContent {
  /** `crc64nvme`: the CRC64NVME of the full object, and the size. `etag`: the ETag. */
  readonly kind: IdentityKind;
  /** `crc64nvme:<checksum in base64>:<bytes>`, or the ETag; the parameter `content` of the same query. */
  readonly identity: string;
}

export interface DuplicatesPage {
  /** Undefined if the file of the query is empty or its content is unknown: it has no duplicates. */
  readonly content?: SharedContent | undefined;
  /** In byte order of their keys; includes the file of the query. */
  readonly records: FileRecord[];
  /** Items that do not fit this version of Waybill. */
  readonly unfit: Unfit[];
  /** Parameters of the next page, which may be empty; undefined on the last page. */
  readonly next?: { readonly startAfter: string } | undefined;
  readonly read: Reads;
}

/** Records that are read in parallel. */
const CONCURRENCY = 16;

/**
 * One page of the records with the same content as a file, or with a given identity; undefined if the
 * file has no record.
 *
 * Files with the same identity have the same content, as far as a checksum can tell: CRC64NVME and MD5 do
 * not resist a forger. Without a checksum of the full object, files with the same content can have
 * different identities: an ETag also depends on the parts of a multipart upload and on the encryption
 * (Amazon S3 API Reference, Object).
 *
 * Throws an `InputError` if the file's item does not fit this version of Waybill, and a `ServiceError` if
 * the catalog cannot be read.
 */
export async function duplicates(query: DuplicatesQuery): Promise<DuplicatesPage | undefined> {
  const read = newReads();
  if (query.key === undefined) return page(query.content ?? query.etag, query, read);
  const bucket = filesBucket();
  const item = await readItem(recordKey(bucket, query.key), read);
  if (item === undefined || parseItem(item).state === "deleted") return undefined;
  // Not from the record: the first release indexed files by their ETag that also have a checksum.
  return page(indexedIdentity(bucket, item), query, read);
}

async function page(
  identity: string | undefined,
  { startAfter, limit }: DuplicatesQuery,
  read: Reads,
): Promise<DuplicatesPage> {
  if (identity === undefined) return { records: [], unfit: [], read };
  const bucket = filesBucket();
  const partition = contentPartition(bucket, identity);

  const { Items = [], LastEvaluatedKey } = await readItems(
    {
      IndexName: CONTENT_INDEX,
      Limit: limit,
      KeyConditionExpression:
        startAfter === undefined ? "#content = :content" : "#content = :content AND #sk > :after",
      ExpressionAttributeNames: {
        "#content": CONTENT,
        ...(startAfter === undefined ? {} : { "#sk": SORT }),
      },
      ExpressionAttributeValues: {
        ":content": partition,
        ...(startAfter === undefined ? {} : { ":after": startAfter }),
      },
    },
    read,
  );
  const keys = Items.map((item) => String(item[SORT]));
  const unfit: Unfit[] = [];
  const records: FileRecord[] = [];
  for (let index = 0; index < keys.length; index += CONCURRENCY) {
    const some = keys.slice(index, index + CONCURRENCY);
    const items = await Promise.all(some.map((key) => readItem(recordKey(bucket, key), read)));
    items.forEach((item, at) => {
      // The index is eventually consistent: the file may have changed or be gone.
      if (item === undefined || item[CONTENT] !== partition) return;
      const record = readRecord(some[at] ?? "", item, unfit);
      if (record) records.push(record);
    });
  }
  const last = keys.at(-1);
  return {
    content: { kind: kindOfIdentity(identity), identity },
    records,
    unfit,
    next: LastEvaluatedKey && last !== undefined ? { startAfter: last } : undefined,
    read,
  };
}
