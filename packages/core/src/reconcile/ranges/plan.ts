import { firstKeyAfter } from "../listing.ts";
import { newRange } from "./range-item.ts";
import { splitRange } from "./split.ts";
import { createHead, createRanges, readHead, readRanges } from "./store.ts";

/** What a pass is to do. */
export interface PassOrder {
  /** The name of the pass. If it exists, the pass is continued, and the rest of the order is ignored. */
  readonly pass: string;
  readonly prefix: string;
  readonly repair: boolean;
  /** The number of ranges to start with, if the bucket has enough keys. */
  readonly ranges: number;
}

/**
 * Plans a pass and returns the ranges that are open. The plan is in the catalog's table, because it can
 * be larger than what a state of Step Functions can hold. A plan that was interrupted is completed.
 * Throws a `ServiceError`.
 */
export async function planPass({ pass, prefix, repair, ranges }: PassOrder): Promise<string[]> {
  const existing = await readRanges(pass);
  if (existing.length === 0) {
    const parts = await splitRange({ prefix }, ranges, firstKeyAfter);
    await createHead(pass, {
      prefix,
      repair,
      plannedAt: new Date().toISOString(),
      ranges: parts.map(({ after, until }) => ({ after, until })),
    });
  }
  // Another attempt can have made the plan, and not all of its ranges.
  const head = await readHead(pass);
  await createRanges(
    pass,
    head.ranges.map((ends, index) => newRange(String(index), ends)),
  );
  const all = await readRanges(pass);
  return all.filter(({ value }) => value.state === "open").map(({ value }) => value.id);
}
