import { conditionOf } from "./condition.ts";
import type { Filter } from "./filter.ts";
import { SHARDS } from "./keys.ts";
import { shareOf } from "./merge.ts";
import { narrower } from "./narrower.ts";
import type { FindPageQuery, FindQuery } from "./query.ts";
import { type Item, newReads, type Reads } from "./reads.ts";
import type { FileRecord } from "./record.ts";
import { walkTable } from "./table-walk.ts";
import { BEGINNING, timeOf, timePosition, walkTime } from "./time-walk.ts";
import { readRecord, type Unfit } from "./unfit.ts";

/** Items of each shard's first read if all results are wanted; later reads are larger. */
const FIRST_LIMIT = 100;

/** Where to continue: parameters of the same query. */
export interface FindCursor {
  readonly startAfter?: string | undefined;
  /** Set if the query reads the index by time. */
  readonly startAfterTime?: string | undefined;
}

/**
 * The matching records as a stream that can be read once. Its other members describe what was read so
 * far, and are complete once the stream has ended.
 */
export interface Finding extends AsyncIterable<FileRecord> {
  /** Which index is read: the table in the order of keys, or the index by time, latest arrival first. */
  readonly index: "table" | "byTime";
  readonly read: Reads;
  /** Items that do not fit this version of Waybill, up to a limit. */
  readonly unfit: Unfit[];
  /** Where the query continues after this stream; undefined if all was read. */
  readonly next: FindCursor | undefined;
}

export interface FindOptions {
  /** Read units after which the stream ends; it can exceed them by one page of each shard. */
  readonly maxUnits?: number | undefined;
  /** Number of records that are wanted. Undefined for all of them: pages are then read ahead. */
  readonly wanted?: number;
}

/**
 * Finds all records that match all conditions of the query. It reads the index by time if `since` is
 * given, the keys of the prefix if that is given, and the narrower of them if both are. Without either,
 * it reads the whole table.
 *
 * Memory is constant: a few pages of each shard. Reads are eventually consistent, at half the price of
 * those of `list` and `get`. Throws a `ServiceError` if the catalog cannot be read.
 */
export async function find(query: FindQuery, options: FindOptions = {}): Promise<Finding> {
  const { maxUnits = Number.POSITIVE_INFINITY, wanted } = options;
  const read = newReads();
  const index = await chooseIndex(query, read);
  const condition = conditionOf(query, new Date());
  const unfit: Unfit[] = [];
  let next: FindCursor | undefined = startOf(query);

  const before = read.units;
  const mayRead = () => read.units - before < maxUnits;
  const limit = wanted === undefined ? FIRST_LIMIT : shareOf(wanted, SHARDS);
  const walkOptions = { ahead: wanted === undefined, limit, mayRead };
  const walk = walkOf(query, index, condition.filter, walkOptions, read);
  async function* records(): AsyncGenerator<FileRecord> {
    for (;;) {
      const step = await walk.next();
      if (step.done) {
        next = step.value;
        return;
      }
      const { key, item, cursor } = step.value;
      next = cursor;
      const record = readRecord(key, item, unfit);
      if (record && condition.matches(record)) yield record;
    }
  }
  return {
    index,
    read,
    unfit,
    get next() {
      return next;
    },
    [Symbol.asyncIterator]: records,
  };
}

export interface FindPage extends Pick<Finding, "index" | "read" | "unfit"> {
  readonly records: FileRecord[];
  /** Parameters of the next page, which may be empty; undefined on the last page. */
  readonly next?: FindCursor | undefined;
}

/**
 * One page of the results of `find`. It can have fewer records than `limit`, or none, although more
 * follow: reading stops after `maxUnits`, and `next` says where to continue.
 */
export async function findPage(
  { limit, ...query }: FindPageQuery,
  options: Pick<FindOptions, "maxUnits"> = {},
): Promise<FindPage> {
  const finding = await find(query, { ...options, wanted: limit });
  const records: FileRecord[] = [];
  for await (const record of finding) {
    records.push(record);
    if (records.length === limit) break;
  }
  const { index, read, unfit, next } = finding;
  return { index, read, unfit, records, next };
}

async function chooseIndex(query: FindQuery, read: Reads): Promise<Finding["index"]> {
  const { prefix, since, until, state, startAfter, startAfterTime } = query;
  // Tombstones are not in the index by time.
  if (since === undefined || state === "deleted") return "table";
  if (startAfterTime !== undefined) return "byTime";
  if (startAfter !== undefined) return "table";
  return prefix === "" ? "byTime" : narrower(prefix, { since, until }, read);
}

function startOf({ startAfter, startAfterTime }: FindQuery): FindCursor | undefined {
  return startAfter === undefined && startAfterTime === undefined
    ? undefined
    : { startAfter, startAfterTime };
}

interface Found {
  readonly key: string;
  readonly item: Item;
  readonly cursor: FindCursor;
}

interface WalkOptions {
  readonly ahead: boolean;
  readonly limit: number;
  readonly mayRead: () => boolean;
}

async function* walkOf(
  query: FindQuery,
  index: Finding["index"],
  filter: Filter,
  options: WalkOptions,
  read: Reads,
): AsyncGenerator<Found, FindCursor | undefined> {
  const { prefix, since = BEGINNING, until, startAfter, startAfterTime } = query;
  if (index === "table") {
    const after = startAfter === undefined ? undefined : { key: startAfter };
    const range = { prefix, filter, consistent: false };
    return yield* withCursor(walkTable(range, { ...options, after }, read), ({ key }) => ({
      startAfter: key,
    }));
  }
  const after = startAfterTime === undefined ? undefined : timePosition(startAfterTime, startAfter);
  const range = { since, until, filter };
  return yield* withCursor(walkTime(range, { ...options, after }, read), (position) => ({
    startAfterTime: timeOf(position),
    startAfter: position.key === "" ? undefined : position.key,
  }));
}

async function* withCursor<P, T extends P & { readonly key: string; readonly item: Item }>(
  walk: AsyncGenerator<T, P | undefined>,
  cursorOf: (position: P) => FindCursor,
): AsyncGenerator<Found, FindCursor | undefined> {
  for (;;) {
    const step = await walk.next();
    if (step.done) return step.value && cursorOf(step.value);
    const { key, item } = step.value;
    yield { key, item, cursor: cursorOf(step.value) };
  }
}
