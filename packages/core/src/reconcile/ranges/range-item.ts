import * as z from "zod/mini";

const count = z.number();

export const FOUND_NOTHING = { missing: 0, ghost: 0, different: 0, unreadable: 0 };

const Counts = z.object({ missing: count, ghost: count, different: count, unreadable: count });

/** The ends of a range, within the prefix of its pass. */
export const Ends = z.object({ after: z.optional(z.string()), until: z.optional(z.string()) });
export type Ends = z.output<typeof Ends>;

/** A range of a pass, and how far it is. */
export const RangeItem = z.object({
  /** `3`, or `3.0` for the first part of the remainder of `3`. */
  id: z.string(),
  ...Ends.shape,
  /** `open`: it is not compared to its end. */
  state: z.enum(["open", "done"]),
  /** Everything up to this key is compared. */
  settledTo: z.optional(z.string()),
  /** When the bucket was listed first for this range; ISO-8601 UTC to the millisecond. */
  asOf: z.optional(z.string()),
  /** What was compared. A range that was interrupted counts some objects twice. */
  objects: count,
  records: count,
  /** Differences that were confirmed or repaired, by kind. */
  found: Counts,
  /** Differences that could not be resolved. */
  failed: count,
  /** The parts of the remainder of a range that was too long, until they are ranges of their own. */
  rest: z.optional(z.array(Ends)),
});
export type RangeItem = z.output<typeof RangeItem>;

/** What a pass does, and the ranges with which it started. */
export const PassHead = z.object({
  prefix: z.string(),
  /** Whether differences are repaired; otherwise they are only counted. */
  repair: z.boolean(),
  /** ISO-8601 UTC to the millisecond, by the clock of the function that planned it. */
  plannedAt: z.string(),
  ranges: z.array(Ends),
});
export type PassHead = z.output<typeof PassHead>;

export const newRange = (id: string, ends: Ends): RangeItem => ({
  id,
  ...ends,
  state: "open",
  objects: 0,
  records: 0,
  found: FOUND_NOTHING,
  failed: 0,
});

/** The sum of what several ranges found. */
export function totalOf(ranges: readonly RangeItem[]) {
  const total = { objects: 0, records: 0, failed: 0, found: { ...FOUND_NOTHING } };
  for (const { objects, records, failed, found } of ranges) {
    total.objects += objects;
    total.records += records;
    total.failed += failed;
    for (const kind of ["missing", "ghost", "different", "unreadable"] as const) {
      total.found[kind] += found[kind];
    }
  }
  return total;
}
