import { filesBucket } from "../resource.ts";
import { get } from "./get.ts";
import { CONTENT, CONTENT_INDEX, contentKey, recordKey, SORT } from "./keys.ts";
import type { DuplicatesQuery } from "./query.ts";
import { newReads, readItem, readItems, type Reads } from "./reads.ts";
import type { FileRecord } from "./record.ts";
import { readRecord, type Unfit } from "./unfit.ts";

export interface DuplicatesPage {
  /** The ETag that is looked for; undefined if the file has no content to compare: it is empty, or unreadable and unknown. */
  readonly etag?: string | undefined;
  /** In byte order of their keys; the file that was asked about is among them. */
  readonly records: FileRecord[];
  /** Items that do not fit this version of Waybill. */
  readonly unfit: Unfit[];
  /** What the next page is asked with; undefined if this is the last. A next page may be empty. */
  readonly next?: { readonly startAfter: string } | undefined;
  readonly read: Reads;
}

/** Records that are read at a time. */
const CONCURRENCY = 16;

/**
 * One page of the records that have the same content as a file, or of a given ETag; undefined if there
 * is no record of that file.
 *
 * The same ETag is the same content, but the same content need not have the same ETag: it also
 * depends on the parts of a multipart upload and on the encryption (Amazon S3 API Reference, Object).
 * Throws a `ServiceError` if DynamoDB does not answer.
 */
export async function duplicates(query: DuplicatesQuery): Promise<DuplicatesPage | undefined> {
  const read = newReads();
  if (query.key === undefined) return page(query.etag, query, read);
  const record = await get(query.key, { read });
  if (record === undefined || record.state === "deleted") return undefined;
  return page(record.size === 0 ? undefined : record.etag, query, read);
}

async function page(
  etag: string | undefined,
  { startAfter, limit }: DuplicatesQuery,
  read: Reads,
): Promise<DuplicatesPage> {
  const bucket = filesBucket();
  const content = contentKey(bucket, etag, undefined);
  if (content === undefined) return { records: [], unfit: [], read };

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
        ":content": content,
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
      // The index follows the table: the file may be another by now, or gone.
      if (item === undefined || item[CONTENT] !== content) return;
      const record = readRecord(some[at] ?? "", item, unfit);
      if (record) records.push(record);
    });
  }
  const last = keys.at(-1);
  return {
    etag,
    records,
    unfit,
    next: LastEvaluatedKey && last !== undefined ? { startAfter: last } : undefined,
    read,
  };
}
