import type { Metrics } from "./metrics.ts";

/** The window that a summary speaks of. */
const MINUTE = 60_000;

const SHORT: Record<string, string> = { Milliseconds: "ms", Seconds: "s", Percent: "%" };

/**
 * What was measured in the last minute, in one line: counts are summed, and left out where there was nothing to count; times
 * are shown as their median and 99th percentile. @returns nothing where nothing was measured.
 */
export function summary(metrics: Metrics, now: number): string | undefined {
  const window = { start: now - MINUTE, end: now + 1, periodMs: 2 * now };
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
      const unit = SHORT[id.unit] ?? id.unit;
      return [`${id.name} p50 ${value("p50")} ${unit}, p99 ${value("p99")} ${unit}`];
    });
  return parts.length === 0 ? undefined : parts.join("  ");
}
