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

/** How many items each shard is asked for at first where all are wanted; it grows with every page. */
const FIRST_LIMIT = 100;

/** Where to go on: parameters of the same query. */
export interface FindCursor {
  readonly startAfter?: string | undefined;
  /** Given where the index by time is read. */
  readonly startAfterTime?: string | undefined;
}

/**
 * What is found, as a stream that is read once. Its other members are about what was read so far, and
 * say all once it has ended.
 */
export interface Finding extends AsyncIterable<FileRecord> {
  /** What is read: the table in the order of keys, or the index by time, the last modified first. */
  readonly index: "table" | "byTime";
  readonly read: Reads;
  /** Items that do not fit this version of Waybill; a hundred at most. */
  readonly unfit: Unfit[];
  /** What the same query goes on with where this stream ended; undefined if that was the end. */
  readonly next: FindCursor | undefined;
}

export interface FindOptions {
  /** Read units after which the stream ends, found or not; it goes at most a page of each shard beyond. */
  readonly maxUnits?: number | undefined;
  /** How many records are wanted; without it, all are, so that reading runs ahead. */
  readonly wanted?: number;
}

/**
 * Finds all records for which everything holds that is asked, by reading as little as it takes: the
 * index by time where `since` is given, and the keys of the prefix otherwise; where both are given,
 * whichever of them is the narrower. Without either, it reads the whole table.
 *
 * It holds a few pages of each shard in memory, however much it finds. What is read may lag behind the
 * bucket for a moment more than `list` and `get` do, at half their price. Throws a `ServiceError` if
 * DynamoDB does not answer.
 */
export async function find(query: FindQuery, options: FindOptions = {}): Promise<Finding> {
  const { maxUnits = Number.POSITIVE_INFINITY, wanted } = options;
  const read = newReads();
  const index = await chooseIndex(query, read);
  const condition = conditionOf(query, new Date());
  const unfit: Unfit[] = [];
  let next: FindCursor | undefined = cursorOf(query);

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
      if (record && condition.fits(record)) yield record;
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
  /** What the next page is asked with; undefined if this is the last. A next page may be empty. */
  readonly next?: FindCursor | undefined;
}

/**
 * One page of what `find` finds. It may hold fewer records than were asked for, or none, although there
 * are more: once `maxUnits` are spent, it says with `next` where to go on.
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
  // Deleted objects are not in the index by time.
  if (since === undefined || state === "deleted") return "table";
  if (startAfterTime !== undefined) return "byTime";
  if (startAfter !== undefined) return "table";
  return prefix === "" ? "byTime" : narrower(prefix, { since, until }, read);
}

function cursorOf({ startAfter, startAfterTime }: FindQuery): FindCursor | undefined {
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
