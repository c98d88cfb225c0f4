import type { Datum } from "./emf.ts";

/** A metric without its values. */
export interface MetricId {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
}

/** A value for each period that has any: its start, in milliseconds since the epoch, ascending. */
export type Series = { time: number; value: number }[];

interface Point {
  time: number;
  value: number;
}

const HOUR = 3_600_000;

/** How long values are kept: CloudWatch's own finest view is of three hours. */
const KEPT_MS = 3 * HOUR;

/** No more values of one metric are kept, so that a stack that runs for days does not grow. */
const MAX_POINTS = 100_000;

/** A metric that has values, and what they are of. */
export interface Measured extends MetricId {
  unit: string;
}

/** What functions have measured, in memory: the metrics of a stage that runs offline. */
export class Metrics {
  readonly #series = new Map<string, { id: Measured; points: Point[] }>();

  add({ namespace, name, dimensions, unit, time, value }: Datum): void {
    const id = { namespace, name, dimensions, unit };
    const key = keyOf(id);
    let series = this.#series.get(key);
    if (!series) {
      series = { id, points: [] };
      this.#series.set(key, series);
    }
    series.points.push({ time, value });
    if (series.points.length > MAX_POINTS) {
      const oldest = time - KEPT_MS;
      series.points = series.points.filter((point) => point.time > oldest).slice(-MAX_POINTS / 2);
    }
  }

  list(): Measured[] {
    return [...this.#series.values()].map(({ id }) => id);
  }

  /**
   * @param statistic `Sum`, `SampleCount`, `Average`, `Minimum`, `Maximum` or a percentile such as `p99`.
   * @returns nothing for a statistic that is not known.
   */
  query(
    id: MetricId,
    statistic: string,
    { start, end, periodMs }: { start: number; end: number; periodMs: number },
  ): Series | undefined {
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

/** The nearest rank. */
function percentile(values: number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}
