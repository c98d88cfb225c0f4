import type { Metrics } from "../service/cloudwatch/metrics.ts";
import { summary } from "../service/cloudwatch/summary.ts";
import { printable, timeOf } from "../ground/print.ts";

const INTERVAL_MILLISECONDS = 10_000;

/**
 * Prints a summary of the last minute's metrics every 10 seconds, if functions have reported any
 * since the last time. `current` returns the metrics of the running stack. Returns a function that
 * stops it.
 */
export function printMetrics(current: () => Metrics | undefined): () => void {
  let last = Date.now();
  const timer = setInterval(() => {
    const metrics = current();
    const now = Date.now();
    // One period that contains the whole time since the last summary.
    const since = { start: last, end: now + 1, periodMs: 2 * now };
    last = now;
    const isNew = metrics?.list().some((id) => metrics.query(id, "SampleCount", since)?.length);
    const line = metrics && isNew === true ? summary(metrics, now) : undefined;
    if (line !== undefined) process.stdout.write(`${timeOf(new Date(now))}  ${printable(line)}\n`);
  }, INTERVAL_MILLISECONDS);
  return () => clearInterval(timer);
}
