import { type CountedOutcome, OUTCOME_METRICS } from "../metric-names.ts";
import type { Report } from "./batch.ts";
import type { Outcome } from "./outcome.ts";

/** The metrics of one batch. */
export interface Tally {
  readonly counts: Map<CountedOutcome, number>;
  /** Milliseconds from an event to the write of its record, one for each write. */
  readonly lags: number[];
  /** Objects for which the clock was wrong. */
  clockSkews: number;
}

const WRITTEN = new Set<Outcome["outcome"]>(["indexed", "removed", "refreshed", "unreadable"]);

export function newTally(): Tally {
  return { counts: new Map(), lags: [], clockSkews: 0 };
}

/** Adds a report that was made at `now`, in epoch milliseconds. */
export function count(tally: Tally, { event, outcome }: Report, now: number): void {
  const { counts, lags } = tally;
  if (outcome.clockSkew === true) tally.clockSkews += 1;
  const name = outcome.outcome;
  if (!isCounted(name)) return;
  counts.set(name, (counts.get(name) ?? 0) + 1);
  if (!WRITTEN.has(name) || event === undefined || !("time" in event)) return;
  // The time of an expiration is the midnight at which it was due, hours before S3 sent the event.
  if (event.kind === "expired") return;
  // S3's clock can be ahead of this one.
  lags.push(Math.max(0, now - Date.parse(event.time)));
}

function isCounted(outcome: Outcome["outcome"]): outcome is CountedOutcome {
  return outcome in OUTCOME_METRICS;
}
