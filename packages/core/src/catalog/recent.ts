import { NOT_DELETED } from "./filter.ts";
import { SHARDS } from "./keys.ts";
import { shareOf } from "./merge.ts";
import type { RecentQuery } from "./query.ts";
import { newReads, type Reads } from "./reads.ts";
import type { FileRecord } from "./record.ts";
import { timeOf, timePosition, walkTime } from "./time-walk.ts";
import { readRecord, type Unfit } from "./unfit.ts";

/** Where to continue in the order of time: parameters of the same query. */
export interface TimeCursor {
  readonly startAfterTime: string;
  readonly startAfter?: string | undefined;
}

export interface RecentPage {
  /** Latest arrival first; files of the same time in a fixed order. */
  readonly records: FileRecord[];
  /** Items that do not fit this version of Waybill. */
  readonly unfit: Unfit[];
  /** Start of the time window; older files are not part of the result. */
  readonly since: string;
  /** Parameters of the next page, which may be empty; undefined on the last page. */
  readonly next?: TimeCursor | undefined;
  readonly read: Reads;
}

/**
 * One page of the files that arrived in a time window, latest first. Deleted objects are excluded. The
 * index is eventually consistent, so a record appears a moment after it is written.
 *
 * Throws a `ServiceError` if the catalog cannot be read.
 */
export async function recent(query: RecentQuery): Promise<RecentPage> {
  const { until, limit, startAfter, startAfterTime } = query;
  const since = query.since ?? yearBefore(until);
  const page: RecentPage = { records: [], unfit: [], since, read: newReads() };
  const items = walkTime(
    { since, until, filter: NOT_DELETED },
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

/** One year before a time, or before now if that is earlier. */
function yearBefore(time: string | undefined): string {
  const date = new Date();
  if (time !== undefined && time < date.toISOString()) date.setTime(Date.parse(time));
  date.setUTCFullYear(date.getUTCFullYear() - 1);
  return date.toISOString();
}
