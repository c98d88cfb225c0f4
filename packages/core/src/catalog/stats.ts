import * as z from "zod/mini";

import { MAX_SHARD_PAGE } from "../limits.ts";
import { mediaType } from "./condition.ts";
import { NOT_DELETED } from "./filter.ts";
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
   * Days latest first, types and folders largest first. The name of a group is its media type, or
   * `unknown`; the day on which its files arrived, in UTC, such as `2026-11-23`; or its folder, the part
   * of the keys up to the slash. Files that are not in a folder form a group with the name of the prefix.
   */
  readonly groups: readonly Group[];
  /** Totals of the groups beyond the limit. */
  readonly others?: Totals | undefined;
  readonly total: Totals;
  readonly read: Reads;
}

/** The fields that are read of each file. */
const FIELDS = ["object.size", "object.contentType", "object.lastModified", "arrivedAt"];

const optionalText = z.optional(z.string());

const Counted = z.object({
  object: z.optional(
    z.object({
      size: z.optional(z.number()),
      contentType: optionalText,
      lastModified: optionalText,
    }),
  ),
  /** Absent in items of the first release. */
  arrivedAt: optionalText,
});
type Counted = z.output<typeof Counted>;

/** Media types that are counted separately: clients can upload with any number of invented types. */
const MAX_TYPES = 10_000;

const ORDER = { type: largestFirst, day: latestFirst, folder: largestFirst };

/**
 * Counts the files under a prefix and their total size, by group. Deleted objects are not counted.
 *
 * It reads every record once. In memory are a few pages and the groups: up to `MAX_TYPES` types, after
 * which new types count as others; all days; and twice as many folders as the limit, because folders come
 * one after the other. The totals of each group are exact. `progress` is called with the number of files
 * counted so far, about once per page. Throws a `ServiceError` if the catalog cannot be read.
 */
export async function stats(query: StatsQuery, progress?: (files: number) => void): Promise<Stats> {
  const { prefix, by, limit } = query;
  const read = newReads();
  const total = noTotals();
  const others = noTotals();
  const sums: Sums = new Map();
  // Folders come one after the other, but files that are in no folder can come between any two of them.
  const unfoldered = noTotals();

  const range = { prefix, filter: NOT_DELETED, consistent: false, fields: FIELDS };
  for await (const { key, item } of walkTable(
    range,
    { limit: MAX_SHARD_PAGE, ahead: true },
    read,
  )) {
    const file = Counted.safeParse(item).data ?? {};
    const one = { files: 1, bytes: file.object?.size ?? 0 };
    add(total, one);
    if (progress && total.files % MAX_SHARD_PAGE === 0) progress(total.files);
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

/** The totals of a group. A new group may move others out of `sums`. */
function totalsOf(name: string, sums: Sums, others: Totals, { by, limit }: StatsQuery): Totals {
  const known = sums.get(name);
  if (known) return known;
  if (by === "type" && sums.size >= MAX_TYPES) return others;
  // All folders so far are complete, so those outside the first `limit` can be merged.
  if (by === "folder" && sums.size >= 2 * limit) keepFirst(sums, limit, ORDER[by], others);
  const totals = noTotals();
  sums.set(name, totals);
  return totals;
}

function nameOf(key: string, file: Counted, { by, prefix }: StatsQuery): string {
  if (by === "folder") return groupOf(key, prefix, "/") ?? prefix;
  const { object, arrivedAt = object?.lastModified } = file;
  if (by === "day") return arrivedAt?.slice(0, 10) ?? "unknown";
  return mediaType(object?.contentType) ?? "unknown";
}
