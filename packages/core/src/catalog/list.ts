import { InputError } from "../error.ts";
import { MAX_KEY_BYTES } from "../notification/key.ts";
import { lastKeyWith } from "./byte-order.ts";
import { STANDING } from "./filter.ts";
import { SHARDS } from "./keys.ts";
import { Merge, shareOf } from "./merge.ts";
import { MAX_LIMIT } from "./query.ts";
import { newReads, type Reads } from "./reads.ts";
import type { FileRecord } from "./record.ts";
import { byKey, startIn, tableShards } from "./table-walk.ts";
import { readRecord, type Unfit } from "./unfit.ts";

/** How many items each shard is first asked for where most of them may be skipped. */
const FIRST_LIMIT = 16;

export interface ListOptions {
  /** Only keys that begin with it. */
  readonly prefix?: string | undefined;
  /** Keys that have it after the prefix are grouped: up to and with its first occurrence, they are one entry of `prefixes`. */
  readonly delimiter?: string | undefined;
  /** Only what comes after it: a key, or an entry of `prefixes`. */
  readonly startAfter?: string | undefined;
  /** Entries, records and prefixes together: 1 to 1,000. */
  readonly limit: number;
}

export interface Listing {
  /** In byte order of their keys, as S3 lists them. */
  readonly records: FileRecord[];
  readonly prefixes: string[];
  /** Entries whose items do not fit this version of Waybill; they are in neither of the above. */
  readonly unfit: Unfit[];
  /** The `startAfter` of the next page; undefined if this is the last. */
  readonly next?: string | undefined;
  readonly read: Reads;
}

/**
 * One page of what the catalogue holds, in the order and with the meaning of S3's `ListObjectsV2`.
 * Deleted objects are not listed.
 *
 * Reads are strongly consistent, so that a page holds every record written before it was asked for
 * and can be compared with a listing of the bucket. Throws an `InputError` if an option is out of range,
 * and a `ServiceError` if DynamoDB does not answer.
 */
export async function list(options: ListOptions): Promise<Listing> {
  const { prefix = "", delimiter = "", startAfter = "", limit } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new InputError("catalog.bad_limit", `The limit must be 1 to ${MAX_LIMIT}, not ${limit}.`);
  }
  if (Buffer.byteLength(startAfter) > MAX_KEY_BYTES) {
    throw new InputError(
      "catalog.bad_start",
      `What to start after is a key, so it has at most ${MAX_KEY_BYTES} bytes.`,
    );
  }
  const listing: Listing = { records: [], prefixes: [], unfit: [], read: newReads() };
  const start = startOf(prefix, delimiter, startAfter);
  if (start === undefined) return listing;

  const range = { prefix, filter: STANDING, consistent: true };
  const merge = new Merge(tableShards(range, listing.read), {
    compare: byKey,
    after: start.after,
    limit: delimiter === "" ? shareOf(limit, SHARDS) : FIRST_LIMIT,
  });
  let last = "";
  for (let entries = 0; ; entries++) {
    const next = await merge.peek();
    if (next === undefined) return listing;
    if (entries === limit) return { ...listing, next: last };
    const group = groupOf(next.key, prefix, delimiter);
    if (group === undefined) {
      last = next.key;
      const record = readRecord(next.key, next.item, listing.unfit);
      if (record) listing.records.push(record);
      merge.skipPast(next);
    } else {
      last = group;
      listing.prefixes.push(group);
      merge.skipPast({ key: lastKeyWith(group) });
    }
  }
}

/** The entry of `prefixes` that a key belongs to, if it does. */
export function groupOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** Where in the prefix to begin; undefined if all of it comes before. */
function startOf(prefix: string, delimiter: string, startAfter: string) {
  if (Buffer.byteLength(prefix) > MAX_KEY_BYTES) return undefined;
  // All that belongs to an entry of `prefixes` came with it; a key within it is only a place in it.
  const isEntry = groupOf(startAfter, prefix, delimiter) === startAfter;
  return startIn(prefix, isEntry ? lastKeyWith(startAfter) : startAfter);
}
