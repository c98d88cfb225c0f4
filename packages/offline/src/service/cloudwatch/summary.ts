import type { Metrics } from "./metrics.ts";

const WINDOW_MILLISECONDS = 60_000;

const SYMBOLS: Record<string, string> = { Milliseconds: "ms", Seconds: "s", Percent: "%" };

/**
 * Returns the metrics of the last minute in one line: the sum of a count that is not 0, and the
 * median and the 99th percentile of other metrics. Returns undefined if there is nothing to show.
 */
export function summary(metrics: Metrics, now: number): string | undefined {
  const window = { start: now - WINDOW_MILLISECONDS, end: now + 1, periodMs: 2 * now };
  const parts = metrics
    .list()
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((id) => {
      const value = (statistic: string) => metrics.query(id, statistic, window)?.[0]?.value;
      if (value("SampleCount") === undefined) return [];
      if (id.unit === "Count") {
        const total = value("Sum");
        return total === 0 ? [] : [`${id.name} ${total}`];
      }
      const unit = SYMBOLS[id.unit] ?? id.unit;
      return [`${id.name} p50 ${value("p50")} ${unit}, p99 ${value("p99")} ${unit}`];
    });
  return parts.length === 0 ? undefined : parts.join("  ");
}
