import { lastKeyWith } from "./byte-order.ts";
import { NOT_DELETED } from "./filter.ts";
import { SHARDS } from "./keys.ts";
import { Merge, shareOf } from "./merge.ts";
import type { ListQuery } from "./query.ts";
import { newReads, type Reads } from "./reads.ts";
import type { FileRecord } from "./record.ts";
import { byKey, startIn, tableShards } from "./table-walk.ts";
import { readRecord, type Unfit } from "./unfit.ts";

/** Items of each shard's first read with a delimiter, where most items may be skipped. */
const FIRST_LIMIT = 16;

export interface ListPage {
  /** In byte order of their keys, as S3 lists them. */
  readonly records: FileRecord[];
  /** The groups of keys that the delimiter makes; each counts as one entry of the page. */
  readonly prefixes: string[];
  /** Items that do not fit this version of Waybill; they are in neither of the above. */
  readonly unfit: Unfit[];
  /** Parameters of the next page; undefined on the last page. */
  readonly next?: { readonly startAfter: string } | undefined;
  readonly read: Reads;
}

/**
 * One page of the catalog in the order and with the meaning of S3's `ListObjectsV2`. Deleted objects
 * are not listed.
 *
 * Reads are strongly consistent: a page contains every record that was written before the call, so it
 * can be compared with a listing of the bucket. Throws a `ServiceError` if the catalog cannot be read.
 */
export async function list(query: ListQuery): Promise<ListPage> {
  const { prefix, delimiter = "", startAfter = "", limit } = query;
  const page: ListPage = { records: [], prefixes: [], unfit: [], read: newReads() };
  const start = startOf(prefix, delimiter, startAfter);
  if (start === undefined) return page;

  const range = { prefix, filter: NOT_DELETED, consistent: true };
  const merge = new Merge(tableShards(range, page.read), {
    compare: byKey,
    after: start.after,
    limit: delimiter === "" ? shareOf(limit, SHARDS) : FIRST_LIMIT,
  });
  let last = "";
  for (let entries = 0; ; entries++) {
    const next = await merge.peek();
    if (next === undefined) return page;
    if (entries === limit) return { ...page, next: { startAfter: last } };
    const group = groupOf(next.key, prefix, delimiter);
    if (group === undefined) {
      last = next.key;
      const record = readRecord(next.key, next.item, page.unfit);
      if (record) page.records.push(record);
      merge.skipPast(next);
    } else {
      last = group;
      page.prefixes.push(group);
      merge.skipPast({ key: lastKeyWith(group) });
    }
  }
}

/** The entry of `prefixes` that a key belongs to, if any. */
export function groupOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** Where in the prefix the page starts; undefined if the whole prefix comes before `startAfter`. */
function startOf(prefix: string, delimiter: string, startAfter: string) {
  // An entry of `prefixes` covers all keys of its group; any other key in the group is only a position in it.
  const isEntry = groupOf(startAfter, prefix, delimiter) === startAfter;
  return startIn(prefix, isEntry ? lastKeyWith(startAfter) : startAfter);
}
