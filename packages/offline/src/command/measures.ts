import type { Metrics } from "../service/cloudwatch/metrics.ts";
import { summary } from "../service/cloudwatch/summary.ts";
import { printable, timeOf } from "../ground/print.ts";

const EVERY_MILLISECONDS = 10_000;

/**
 * Prints what functions measured in the last minute, every ten seconds in which they measured anything.
 * @param metricsNow those of the stack that runs, if one does.
 * @returns how to end it.
 */
export function printMeasures(metricsNow: () => Metrics | undefined): () => void {
  let last = Date.now();
  const timer = setInterval(() => {
    const metrics = metricsNow();
    const now = Date.now();
    const since = { start: last, end: now + 1, periodMs: 2 * now };
    last = now;
    const isNew = metrics?.list().some((id) => metrics.query(id, "SampleCount", since)?.length);
    const line = metrics && isNew === true ? summary(metrics, now) : undefined;
    if (line !== undefined) process.stdout.write(`${timeOf(new Date(now))}  ${printable(line)}\n`);
  }, EVERY_MILLISECONDS);
  return () => clearInterval(timer);
}
