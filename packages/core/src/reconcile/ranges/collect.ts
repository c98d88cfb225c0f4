import { completeAsOf, countOf, readCompleteness, recordPass } from "../../completeness/index.ts";
import { type PassHead, newRange, type RangeItem, totalOf } from "./range-item.ts";
import { createRanges, readHead, readRanges, saveRange } from "./store.ts";

/** The most ranges of one round: their names must fit into the state of Step Functions. */
const MAX_OPEN = 4000;

/** A pass after a round of its ranges. */
export interface Collected {
  /**
   * `open`: there are ranges to work on. `stalled`: there are, but the last round did not come any
   * further. `complete`: all is compared and no difference is left. `different`: all is compared, and
   * differences are left.
   */
  readonly status: "open" | "stalled" | "complete" | "different";
  readonly open: readonly string[];
  /** A number that changes with every progress. */
  readonly progress: number;
  readonly total: ReturnType<typeof totalOf>;
  /** Whether the keys were never compared before: otherwise, a difference is an event that never arrived. */
  readonly isFirst: boolean;
}

/**
 * Adds the remainders of the ranges to the plan and says what is left to do. If nothing is, records
 * that the pass is complete. Throws a `ServiceError`.
 */
export async function collectRanges(pass: string, progress: number): Promise<Collected> {
  const head = await readHead(pass);
  await addRemainders(pass);
  const ranges = (await readRanges(pass)).map(({ value }) => value);
  const open = ranges.filter(({ state }) => state === "open").map(({ id }) => id);
  const total = totalOf(ranges);
  const before = completeAsOf(await readCompleteness(), head.prefix);
  const now = total.objects + total.records + ranges.length - open.length;
  const common = { open: open.slice(0, MAX_OPEN), progress: now, total };
  if (open.length > 0) {
    const status = now === progress ? "stalled" : "open";
    return { ...common, status, isFirst: before === undefined };
  }
  const isEqual = await finish(head, ranges);
  const status = isEqual ? "complete" : "different";
  return { ...common, status, isFirst: before === undefined };
}

async function addRemainders(pass: string): Promise<void> {
  const split = (await readRanges(pass)).filter(({ value }) => value.rest !== undefined);
  const parts = split.flatMap(({ value: { id, rest = [] } }) =>
    rest.map((ends, index) => newRange(`${id}.${index}`, ends)),
  );
  await createRanges(pass, parts);
  await Promise.all(
    split.map(({ value, rev }) => saveRange(pass, { ...value, rest: undefined }, rev)),
  );
}

async function finish(head: PassHead, ranges: readonly RangeItem[]): Promise<boolean> {
  const { objects, found, failed } = totalOf(ranges);
  const isEqual = failed === 0 && (head.repair || countOf(found) === 0);
  const times = ranges.map(({ asOf = head.plannedAt }) => asOf);
  const asOf = times.reduce((a, b) => (b < a ? b : a));
  await recordPass({
    prefix: head.prefix,
    after: "",
    asOf,
    endedAt: new Date().toISOString(),
    objects,
    found,
    isEqual,
  });
  return isEqual;
}
