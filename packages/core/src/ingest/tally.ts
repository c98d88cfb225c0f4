import type { Report } from "./batch.ts";
import type { Outcome } from "./outcome.ts";

/** The metrics of one batch: how many outcomes of each sort, and how long after its event a write was done. */
export interface Tally {
  readonly counts: Map<string, number>;
  /** Milliseconds, one for each record written whose event says when it happened. */
  readonly lags: number[];
}

/** Names of the metrics, by outcome. */
export const METRICS: Partial<Record<Outcome["outcome"], string>> = {
  indexed: "Indexed",
  removed: "Removed",
  refreshed: "Refreshed",
  unreadable: "Unreadable",
  stale: "Stale",
  failed: "Failed",
};

const WRITTEN = new Set<Outcome["outcome"]>(["indexed", "removed", "refreshed", "unreadable"]);

export function newTally(): Tally {
  return { counts: new Map(), lags: [] };
}

/** Counts a report that was made at `now`, in epoch milliseconds. */
export function count({ counts, lags }: Tally, { event, outcome }: Report, now: number): void {
  const metric = METRICS[outcome.outcome];
  if (metric === undefined) return;
  counts.set(metric, (counts.get(metric) ?? 0) + 1);
  if (event?.time === undefined || !WRITTEN.has(outcome.outcome)) return;
  // An expiration bears the midnight at which it was due, hours before S3 sent it.
  if (event.kind === "expired") return;
  // S3's clock may be ahead of ours.
  lags.push(Math.max(0, now - Date.parse(event.time)));
}
