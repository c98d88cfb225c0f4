import type { Datum } from "./emf.ts";
import { MAX_VALUES, RETENTION_MILLISECONDS } from "./limits.ts";

/** The identity of a metric. */
export interface MetricId {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
}

/** A metric that has values. */
export interface StoredMetric extends MetricId {
  unit: string;
}

/** `time` is in milliseconds since the epoch. */
interface Point {
  time: number;
  value: number;
}

/** The metrics that the functions of a stage have emitted, in memory. */
export class Metrics {
  readonly #series = new Map<string, { id: StoredMetric; points: Point[] }>();

  add({ namespace, name, dimensions, unit, time, value }: Datum): void {
    const id = { namespace, name, dimensions, unit };
    const key = keyOf(id);
    let series = this.#series.get(key);
    if (!series) {
      series = { id, points: [] };
      this.#series.set(key, series);
    }
    series.points.push({ time, value });
    if (series.points.length > MAX_VALUES) {
      const oldest = time - RETENTION_MILLISECONDS;
      series.points = series.points.filter((point) => point.time > oldest).slice(-MAX_VALUES / 2);
    }
  }

  list(): StoredMetric[] {
    return [...this.#series.values()].map(({ id }) => id);
  }

  /**
   * Returns the value of each period that has data, oldest first; `time` is the start of the
   * period. `statistic` is `Sum`, `SampleCount`, `Average`, `Minimum`, `Maximum` or a percentile
   * such as `p99`. Returns undefined for any other statistic.
   */
  query(
    id: MetricId,
    statistic: string,
    { start, end, periodMs }: { start: number; end: number; periodMs: number },
  ): Point[] | undefined {
    const reduce = reducerOf(statistic);
    if (!reduce) return undefined;
    const periods = new Map<number, number[]>();
    for (const { time, value } of this.#series.get(keyOf(id))?.points ?? []) {
      if (time < start || time >= end) continue;
      const period = Math.floor(time / periodMs) * periodMs;
      const values = periods.get(period);
      if (values) values.push(value);
      else periods.set(period, [value]);
    }
    return [...periods]
      .map(([time, values]) => ({ time, value: reduce(values) }))
      .toSorted((a, b) => a.time - b.time);
  }
}

function keyOf({ namespace, name, dimensions }: MetricId): string {
  const sorted = Object.entries(dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, sorted]);
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

function reducerOf(statistic: string): ((values: number[]) => number) | undefined {
  const percent = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(statistic)?.[1];
  if (percent !== undefined) return (values) => percentile(values, Number(percent));
  switch (statistic) {
    case "Sum":
      return sum;
    case "SampleCount":
      return (values) => values.length;
    case "Average":
      return (values) => sum(values) / values.length;
    case "Minimum":
      return (values) => values.reduce((a, b) => Math.min(a, b));
    case "Maximum":
      return (values) => values.reduce((a, b) => Math.max(a, b));
    default:
      return undefined;
  }
}

/** Returns a percentile by the nearest-rank method. */
function percentile(values: number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}
