import * as z from "zod/mini";

import { mediaType } from "./condition.ts";
import { STANDING } from "./filter.ts";
import {
  add,
  type Group,
  keepFirst,
  largestFirst,
  latestFirst,
  noTotals,
  ranked,
  type Sums,
  type Totals,
} from "./groups.ts";
import { groupOf } from "./list.ts";
import type { StatsQuery } from "./query.ts";
import { newReads, type Reads } from "./reads.ts";
import { walkTable } from "./table-walk.ts";

export interface Stats {
  /**
   * By day the latest first, by type and folder the largest first. A group is named by its media type,
   * or `unknown`; its day in UTC, as `2026-11-23`; or its folder, which is the beginning of the keys up
   * to the slash and, for files in no folder, the prefix that was asked for.
   */
  readonly groups: readonly Group[];
  /** What is in none of the groups, if there are more of them than were asked for. */
  readonly others?: Totals | undefined;
  readonly total: Totals;
  readonly read: Reads;
}

/** What is read of each file. */
const Counted = z.object({
  size: z.optional(z.number()),
  contentType: z.optional(z.string()),
  lastModified: z.optional(z.string()),
});
type Counted = z.output<typeof Counted>;

/** Media types to tell apart, at most: anyone who may upload may invent them. */
const MAX_TYPES = 10_000;
const PAGE = 256;

const ORDER = { type: largestFirst, day: latestFirst, folder: largestFirst };

/**
 * Counts the files under a prefix, and what they hold, by group. Deleted objects are not counted.
 *
 * It reads all of them once and holds, besides a few pages, only groups: all types up to ten
 * thousand, after which new ones count as others; all days; and of the folders, which come one after
 * the other, twice as many as are asked for. What it says of each group is exact. `progress` is called
 * with the files counted so far, after each page or so. Throws a `ServiceError` if DynamoDB does not
 * answer.
 */
export async function stats(query: StatsQuery, progress?: (files: number) => void): Promise<Stats> {
  const { prefix, by, limit } = query;
  const read = newReads();
  const total = noTotals();
  const others = noTotals();
  const sums: Sums = new Map();
  // A folder ends where the next begins, but files in no folder may stand between any two.
  const unfoldered = noTotals();

  const fields = Object.keys(Counted.shape);
  const range = { prefix, filter: STANDING, consistent: false, fields };
  for await (const { key, item } of walkTable(range, { limit: PAGE, ahead: true }, read)) {
    const file = Counted.safeParse(item["object"]).data ?? {};
    const one = { files: 1, bytes: file.size ?? 0 };
    add(total, one);
    if (progress && total.files % PAGE === 0) progress(total.files);
    const name = nameOf(key, file, query);
    if (by === "folder" && name === prefix) add(unfoldered, one);
    else add(totalsOf(name, sums, others, query), one);
  }
  if (unfoldered.files > 0) sums.set(prefix, unfoldered);
  keepFirst(sums, limit, ORDER[by], others);
  return {
    groups: ranked(sums, ORDER[by]),
    others: others.files > 0 ? others : undefined,
    total,
    read,
  };
}

/** The sum that a group is counted in, making room for it if it is new. */
function totalsOf(name: string, sums: Sums, others: Totals, { by, limit }: StatsQuery): Totals {
  const known = sums.get(name);
  if (known) return known;
  if (by === "type" && sums.size >= MAX_TYPES) return others;
  // All folders so far have ended, so those that are not among the first of them never will be.
  if (by === "folder" && sums.size >= 2 * limit) keepFirst(sums, limit, ORDER[by], others);
  const totals = noTotals();
  sums.set(name, totals);
  return totals;
}

function nameOf(key: string, file: Counted, { by, prefix }: StatsQuery): string {
  if (by === "folder") return groupOf(key, prefix, "/") ?? prefix;
  if (by === "day") return file.lastModified?.slice(0, 10) ?? "unknown";
  return mediaType(file.contentType) ?? "unknown";
}
