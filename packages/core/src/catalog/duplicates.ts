import { filesBucket } from "../resource.ts";
import { get } from "./get.ts";
import { identityOf } from "./content.ts";
import { CONTENT, CONTENT_INDEX, contentKey, recordKey, SORT } from "./keys.ts";
import type { DuplicatesQuery } from "./query.ts";
import { newReads, readItem, readItems, type Reads } from "./reads.ts";
import type { FileRecord } from "./record.ts";
import { readRecord, type Unfit } from "./unfit.ts";

export interface DuplicatesPage {
  /** The ETag of the content; undefined if the file is empty or its content is unknown. */
  readonly etag?: string | undefined;
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
 * One page of the records with the same content as a file, or with a given ETag; undefined if the file
 * has no record.
 *
 * Objects with the same ETag have the same content. The same content can have different ETags: an ETag
 * also depends on the parts of a multipart upload and on the encryption (Amazon S3 API Reference, Object).
 * Throws a `ServiceError` if the catalog cannot be read.
 */
export async function duplicates(query: DuplicatesQuery): Promise<DuplicatesPage | undefined> {
  const read = newReads();
  if (query.key === undefined) return page(query.etag, query, read);
  const record = await get(query.key, { read });
  if (record === undefined || record.state === "deleted") return undefined;
  return page(identityOf(record), query, read);
}

async function page(
  etag: string | undefined,
  { startAfter, limit }: DuplicatesQuery,
  read: Reads,
): Promise<DuplicatesPage> {
  const bucket = filesBucket();
  const content = contentKey(bucket, { etag });
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
      // The index is eventually consistent: the file may have changed or be gone.
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
