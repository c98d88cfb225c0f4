import { compareBytes } from "../catalog/byte-order.ts";
import { NOT_DELETED } from "../catalog/filter.ts";
import { Merge } from "../catalog/merge.ts";
import { MAX_SHARD_PAGE } from "../limits.ts";
import type { Item } from "../catalog/reads.ts";
import { parseStored, STORED_FIELDS, type StoredRecord } from "../catalog/stored.ts";
import { byKey, startIn, tableShards } from "../catalog/table-walk.ts";
import { InputError } from "../error.ts";
import type { RecordedObject } from "./difference.ts";
import type { KeyRange } from "./range.ts";
import { retrying } from "./retry.ts";
import type { Usage } from "./usage.ts";

/**
 * The records of the catalog in a range of keys, in pages, without tombstones. The reads are eventually
 * consistent, at half the price: each difference is read again before anything is written. Throws a
 * `ServiceError` (`catalog.read_failed`).
 */
export async function* listRecords(
  { prefix, after = "", until }: KeyRange,
  usage: Usage,
  signal: AbortSignal,
): AsyncGenerator<readonly RecordedObject[]> {
  const start = startIn(prefix, after);
  if (start === undefined) return;
  const range = { prefix, filter: NOT_DELETED, consistent: false, fields: STORED_FIELDS };
  const shards = tableShards(range, usage.catalog).map(
    (read): typeof read =>
      (from, limit) =>
        retrying(() => read(from, limit), signal),
  );
  const merge = new Merge(shards, {
    after: start.after,
    compare: byKey,
    limit: MAX_SHARD_PAGE,
    ahead: true,
  });
  for (let items = await merge.take(); items.length > 0; items = await merge.take()) {
    const inRange =
      until === undefined ? items : items.filter(({ key }) => compareBytes(key, until) <= 0);
    yield inRange.map(({ key, item }) => ({ key, stored: readStored(item) }));
    if (inRange.length < items.length) return;
  }
}

/** The record of an item; the error if a later version of Waybill wrote it. */
function readStored(item: Item): StoredRecord | Error {
  try {
    return parseStored(item);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}
