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

/** Items of a side's first request, about two read units; each that follows asks for twice as many. */
const FIRST_LIMIT = 16;
const MAX_LIMIT = 256;

/** What may be spent on either side before the question is dropped. */
const MAX_UNITS = 100;

/** Every item has a state: the items are read, which is what is to be counted, and none is sent. */
const NOTHING: Filter = {
  expression: "attribute_not_exists(#state)",
  names: { "#state": "state" },
  values: {},
};

/**
 * Tells which of the two it is cheaper to read: all keys of a prefix, or all of a time window.
 *
 * Both are read in one of the shards, which by the hash of keys holds an eighth of either: always on
 * the side that has cost less so far, and the one whose end comes first is the narrower. So the
 * question costs about a quarter of the answer at most. Where it stays open for too long, it is the
 * prefix.
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
  const ask = async (): Promise<"table" | "byTime"> => {
    for (;;) {
      const index = spent.byTime.units < spent.table.units ? "byTime" : "table";
      if (spent[index].units > MAX_UNITS) return "table";
      if ((await sides[index].next()).done) return index;
    }
  };
  try {
    return await ask();
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

/** Reads a shard page by page; it stops before each page but the first. */
async function* pages<T, P>(read: ReadPage<T, P> | undefined): AsyncGenerator<void> {
  if (!read) return;
  let after: P | undefined;
  for (let limit = FIRST_LIMIT; ; limit = Math.min(MAX_LIMIT, 2 * limit)) {
    ({ next: after } = await read(after, limit));
    if (after === undefined) return;
    yield;
  }
}
