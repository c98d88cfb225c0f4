import { filesBucket } from "../resource.ts";
import { compareBytes } from "./byte-order.ts";
import type { Filter } from "./filter.ts";
import {
  MOMENT,
  MONTH,
  monthPartition,
  recordKey,
  SHARDS,
  SORT,
  TIME_INDEX,
  timeKey,
} from "./keys.ts";
import { Merge, type Page, type ReadPage } from "./merge.ts";
import { type Item, readItems, type Reads } from "./reads.ts";

/** A position in the index by time. Files of the same time are in the order of a hash of their keys. */
export interface TimePosition {
  readonly moment: string;
  /** Empty if the position is a time without a file. */
  readonly key: string;
  /** The index key of the position, if DynamoDB returned it. */
  readonly start?: Item | undefined;
}

export interface TimeItem extends TimePosition {
  readonly item: Item;
}

export interface TimeRange {
  /** Inclusive; ISO-8601 UTC to the millisecond. */
  readonly since: string;
  /** Exclusive; ISO-8601 UTC to the millisecond. */
  readonly until?: string | undefined;
  readonly filter: Filter;
}

/** S3 launched in March 2006; no object is older. */
export const BEGINNING = "2006-03-01T00:00:00.000Z";

/** S3's clock can be ahead of this one. */
const CLOCK_SKEW_MS = 60 * 60 * 1000;

/** Greater than every time. */
const END = "~";

/** The position of a file in the index by time or, without a key, the position of a time. */
export function timePosition(time: string, key: string | undefined): TimePosition {
  if (key === undefined) return { moment: time, key: "" };
  return { moment: timeKey(filesBucket(), key, time).moment, key };
}

/** The time of arrival of a position. */
export const timeOf = ({ moment }: TimePosition) => moment.slice(0, BEGINNING.length);

/**
 * All items of a range, latest arrival first, with a page of each shard in memory. A month is read only
 * after all later months. If `mayRead` stops it, it returns where to continue.
 */
export async function* walkTime(
  range: TimeRange,
  options: {
    readonly after?: TimePosition | undefined;
    readonly limit: number;
    readonly ahead?: boolean;
    readonly mayRead?: () => boolean;
  },
  reads: Reads,
): AsyncGenerator<TimeItem, TimePosition | undefined> {
  const { mayRead = () => true } = options;
  const since = sinceBeginning(range.since);
  const end = range.until ?? END;
  const after = options.after && options.after.moment < end ? options.after : undefined;
  const bound = after?.moment ?? end;
  if (bound <= since) return undefined;
  for (const month of monthsBack(lastMoment(bound), since)) {
    if (!mayRead()) return { moment: firstOf(nextMonth(month)), key: "" };
    const merge = new Merge(monthShards(month, { ...range, since, until: end }, reads), {
      ...options,
      after,
      compare: newestFirst,
    });
    for (let item = await merge.peek(); item; item = await merge.peek()) {
      merge.skipPast(item);
      yield item;
    }
    const stopped = merge.stoppedAt();
    if (stopped) return stopped;
  }
  return undefined;
}

/** The later of a time and `BEGINNING`. */
export const sinceBeginning = (time: string) => (time > BEGINNING ? time : BEGINNING);

/**
 * The last time before a bound, which is a time, the moment of a file or `END`. It is not in the future,
 * so that future months, which are empty, are not read.
 */
export function lastMoment(bound: string = END): string {
  const now = new Date(Date.now() + CLOCK_SKEW_MS).toISOString();
  if (bound > now) return now;
  const time = bound.slice(0, BEGINNING.length);
  return time === bound ? new Date(Date.parse(time) - 1).toISOString() : time;
}

/** The shards of a month of a range, each with the latest arrival first. */
export function monthShards(
  month: string,
  range: TimeRange,
  reads: Reads,
): ReadPage<TimeItem, TimePosition>[] {
  return Array.from(
    { length: SHARDS },
    (_, shard) => (after, limit) =>
      readPage(monthPartition(filesBucket(), month, shard), range, after, limit, reads),
  );
}

/** Each month (`yyyy-mm`) that overlaps a time window, latest first. */
export function* monthsBack(latest: string, since: string): Generator<string> {
  const last = since.slice(0, 7);
  for (let month = latest.slice(0, 7); month >= last; month = previousMonth(month)) yield month;
}

const previousMonth = (month: string) => shiftMonth(month, -1);
const nextMonth = (month: string) => shiftMonth(month, 1);
const firstOf = (month: string) => `${month}-01T00:00:00.000Z`;

function shiftMonth(month: string, by: number): string {
  const first = new Date(firstOf(month));
  first.setUTCMonth(first.getUTCMonth() + by);
  return first.toISOString().slice(0, 7);
}

function newestFirst(a: TimePosition, b: TimePosition): number {
  if (a.moment !== b.moment) return a.moment > b.moment ? -1 : 1;
  return compareBytes(a.key, b.key);
}

async function readPage(
  month: string,
  { since, until = END, filter }: TimeRange,
  after: TimePosition | undefined,
  limit: number,
  reads: Reads,
): Promise<Page<TimeItem, TimePosition>> {
  const start = after && startKey(month, after);
  const { Items = [], LastEvaluatedKey } = await readItems(
    {
      IndexName: TIME_INDEX,
      ScanIndexForward: false,
      Limit: limit,
      KeyConditionExpression: "#month = :month AND #moment BETWEEN :from AND :to",
      FilterExpression: filter.expression,
      ExpressionAttributeNames: { "#month": MONTH, "#moment": MOMENT, ...filter.names },
      ExpressionAttributeValues: {
        ":month": month,
        ":from": since,
        // A position of another partition equals no moment here: the moment of a file contains a hash
        // that belongs to one shard, and the position of a time has no hash.
        ":to": after && !start ? after.moment : until,
        ...filter.values,
      },
      ...(start && { ExclusiveStartKey: start }),
    },
    reads,
  );
  return {
    items: Items.map((item) => ({ ...positionOf(item), item })),
    next: LastEvaluatedKey && { ...positionOf(LastEvaluatedKey), start: LastEvaluatedKey },
  };
}

/** The index key of a position, if it is in this partition. */
function startKey(month: string, { moment, key, start }: TimePosition): Item | undefined {
  if (start) return start;
  if (key === "") return undefined;
  const bucket = filesBucket();
  const own = timeKey(bucket, key, moment.slice(0, BEGINNING.length));
  if (own.month !== month) return undefined;
  return { ...own, ...recordKey(bucket, key) };
}

function positionOf(item: Item): TimePosition {
  return { moment: String(item[MOMENT]), key: String(item[SORT]) };
}
