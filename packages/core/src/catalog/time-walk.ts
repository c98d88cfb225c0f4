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

/** A place in the index by time. Files of one moment stand in the order of a hash of their keys. */
export interface TimePosition {
  readonly moment: string;
  /** Empty where the position is a time and no file. */
  readonly key: string;
  /** The index's own key of the position, where DynamoDB has named it. */
  readonly start?: Item | undefined;
}

export interface TimeItem extends TimePosition {
  readonly item: Item;
}

export interface TimeRange {
  /** From this time on; ISO-8601 UTC to the millisecond, as `until`. */
  readonly since: string;
  /** Before this time. */
  readonly until?: string | undefined;
  readonly filter: Filter;
}

/** S3 began in March 2006; nothing that it holds was last modified before. */
export const BEGINNING = "2006-03-01T00:00:00.000Z";

/** S3's clock may be ahead of ours. */
const CLOCK_SKEW_MS = 60 * 60 * 1000;

/** Greater than every time. */
const END = "~";

/** The position of a file in the index by time, or, without a key, of everything before a time. */
export function timePosition(time: string, key: string | undefined): TimePosition {
  if (key === undefined) return { moment: time, key: "" };
  return { moment: timeKey(filesBucket(), key, time).moment, key };
}

/** When the file at a position was last modified; for a time, that time. */
export const timeOf = ({ moment }: TimePosition) => moment.slice(0, BEGINNING.length);

/**
 * Everything in a range, the last modified first, month by month and a month only once the later ones
 * are used up, with as many items in memory as a page of each shard has. If `mayRead` ends it, it
 * returns where to go on.
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

/** A time, or the beginning if it is before that. */
export const sinceBeginning = (time: string) => (time > BEGINNING ? time : BEGINNING);

/**
 * The last time that can stand before a bound, which is a time, the moment of a file or the end. Nothing
 * is of the future: a bound there must not make anybody read months that are to come.
 */
export function lastMoment(bound: string = END): string {
  const now = new Date(Date.now() + CLOCK_SKEW_MS).toISOString();
  if (bound > now) return now;
  const time = bound.slice(0, BEGINNING.length);
  return time === bound ? new Date(Date.parse(time) - 1).toISOString() : time;
}

/** The shards of a month, each with what it holds of a range, the last modified first. */
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

/** `yyyy-mm` of each month that has a part between two times, the latest first. */
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
        // A position elsewhere is equal to no moment here: those of files hold a hash that is of one
        // shard, and in a time no hash follows.
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

/** The index's key of a position, if it is one of this partition. */
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
