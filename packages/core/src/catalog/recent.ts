import { STANDING } from "./filter.ts";
import { SHARDS } from "./keys.ts";
import { shareOf } from "./merge.ts";
import type { RecentQuery } from "./query.ts";
import { newReads, type Reads } from "./reads.ts";
import type { FileRecord } from "./record.ts";
import { timeOf, timePosition, walkTime } from "./time-walk.ts";
import { readRecord, type Unfit } from "./unfit.ts";

/** Where to go on in the order of time: parameters of the same query. */
export interface TimeCursor {
  readonly startAfterTime: string;
  readonly startAfter?: string | undefined;
}

export interface RecentPage {
  /** The last modified first; those of one moment in a fixed order. */
  readonly records: FileRecord[];
  /** Items that do not fit this version of Waybill. */
  readonly unfit: Unfit[];
  /** How far back was looked: what is older is not part of the answer. */
  readonly since: string;
  /** What the next page is asked with; undefined if this is the last. A next page may be empty. */
  readonly next?: TimeCursor | undefined;
  readonly read: Reads;
}

/**
 * One page of what was last modified in a time window, the latest first. Deleted objects are not
 * part of it. A record is seen here a moment after it is written: the index follows the table.
 *
 * Throws a `ServiceError` if DynamoDB does not answer.
 */
export async function recent(query: RecentQuery): Promise<RecentPage> {
  const { until, limit, startAfter, startAfterTime } = query;
  const since = query.since ?? yearBefore(until);
  const page: RecentPage = { records: [], unfit: [], since, read: newReads() };
  const items = walkTime(
    { since, until, filter: STANDING },
    {
      after: startAfterTime === undefined ? undefined : timePosition(startAfterTime, startAfter),
      limit: shareOf(limit, SHARDS),
    },
    page.read,
  );
  let count = 0;
  for await (const found of items) {
    const record = readRecord(found.key, found.item, page.unfit);
    if (record) page.records.push(record);
    count += 1;
    if (count === limit) {
      return { ...page, next: { startAfterTime: timeOf(found), startAfter: found.key } };
    }
  }
  return page;
}

/** A year before a time, or before now if that is earlier. */
function yearBefore(time: string | undefined): string {
  const date = new Date();
  if (time !== undefined && time < date.toISOString()) date.setTime(Date.parse(time));
  date.setUTCFullYear(date.getUTCFullYear() - 1);
  return date.toISOString();
}
