import { MAX_SHARD_PAGE } from "../limits.ts";
import type { Filter } from "./filter.ts";
import type { ReadPage } from "./merge.ts";
import { addReads, newReads, type Reads } from "./reads.ts";
import { tableShards } from "./table-walk.ts";
import {
  lastMoment,
  monthsBack,
  monthShards,
  sinceBeginning,
  type TimeRange,
} from "./time-walk.ts";

/** Items of the first page of an index, about two read units; each later page is twice as large. */
const FIRST_LIMIT = 16;

/** Read units that may be spent on each index before the comparison is given up. */
const MAX_UNITS = 100;

/** Matches no item, because every item has a state: items are read and counted, but not transferred. */
const NOTHING: Filter = {
  expression: "attribute_not_exists(#state)",
  names: { "#state": "state" },
  values: {},
};

/**
 * Decides which is cheaper to read: all keys of a prefix, or a whole time window.
 *
 * It reads one of the eight shards of both, always a page of the index that has cost less so far; the
 * one that ends first is narrower. So the decision costs at most about a quarter of the query. If neither
 * ends within `MAX_UNITS`, it chooses the prefix.
 */
export async function narrower(
  prefix: string,
  window: Omit<TimeRange, "filter">,
  read: Reads,
): Promise<"table" | "byTime"> {
  const spent = { table: newReads(), byTime: newReads() };
  const sides = {
    table: tableSide(prefix, spent.table),
    byTime: timeSide({ ...window, filter: NOTHING }, spent.byTime),
  };
  const choose = async (): Promise<"table" | "byTime"> => {
    for (;;) {
      const index = spent.byTime.units < spent.table.units ? "byTime" : "table";
      if (spent[index].units > MAX_UNITS) return "table";
      if ((await sides[index].next()).done) return index;
    }
  };
  try {
    return await choose();
  } finally {
    addReads(read, spent.table);
    addReads(read, spent.byTime);
  }
}

function tableSide(prefix: string, reads: Reads): AsyncGenerator<void> {
  const [shard] = tableShards({ prefix, filter: NOTHING, consistent: false }, reads);
  return pages(shard);
}

async function* timeSide(range: TimeRange, reads: Reads): AsyncGenerator<void> {
  for (const month of monthsBack(lastMoment(range.until), sinceBeginning(range.since))) {
    const [shard] = monthShards(month, range, reads);
    yield* pages(shard);
    yield;
  }
}

/** Reads a shard page by page; it yields before each page except the first. */
async function* pages<T, P>(read: ReadPage<T, P> | undefined): AsyncGenerator<void> {
  if (!read) return;
  let after: P | undefined;
  for (let limit = FIRST_LIMIT; ; limit = Math.min(MAX_SHARD_PAGE, 2 * limit)) {
    ({ next: after } = await read(after, limit));
    if (after === undefined) return;
    yield;
  }
}
