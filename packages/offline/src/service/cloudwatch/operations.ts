import * as z from "zod";

import type { Metrics } from "./metrics.ts";

/** An error response of CloudWatch. */
export class CloudWatchError extends Error {
  override readonly name = "CloudWatchError";
  readonly code: string;
  readonly retry = false;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const Dimensions = z.array(z.object({ Name: z.string(), Value: z.string() })).default([]);
const GetMetricData = z.object({
  // Seconds since the epoch.
  StartTime: z.number(),
  EndTime: z.number(),
  ScanBy: z.enum(["TimestampAscending", "TimestampDescending"]).default("TimestampDescending"),
  MetricDataQueries: z
    .array(
      z.object({
        Id: z.string(),
        Label: z.string().optional(),
        ReturnData: z.boolean().default(true),
        MetricStat: z.object({
          Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions }),
          Period: z.int().min(1),
          Stat: z.string(),
        }),
      }),
    )
    .min(1)
    .max(500),
});
const ListMetrics = z.object({
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
});

/**
 * Performs an operation of CloudWatch: `GetMetricData`, without metric math, or `ListMetrics`.
 * Throws `CloudWatchError` for any other operation and for invalid input.
 */
export function handleCloudWatch(metrics: Metrics, operation: string, input: unknown): unknown {
  switch (operation) {
    case "GetMetricData":
      return getMetricData(metrics, parse(GetMetricData, input));
    case "ListMetrics":
      return listMetrics(metrics, parse(ListMetrics, input));
    default:
      throw new CloudWatchError(
        "UnknownOperationException",
        `offline does not support ${operation} of CloudWatch, only GetMetricData and ListMetrics.`,
      );
  }
}

function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new CloudWatchError("InvalidParameterValue", z.prettifyError(parsed.error));
}

function getMetricData(metrics: Metrics, input: z.output<typeof GetMetricData>) {
  const start = input.StartTime * 1000;
  const end = input.EndTime * 1000;
  const results = input.MetricDataQueries.filter(({ ReturnData }) => ReturnData).map(
    ({ Id, Label, MetricStat: { Metric, Period, Stat } }) => {
      const id = {
        namespace: Metric.Namespace,
        name: Metric.MetricName,
        dimensions: Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value])),
      };
      const series = metrics.query(id, Stat, { start, end, periodMs: Period * 1000 });
      if (!series) {
        throw new CloudWatchError(
          "InvalidParameterValue",
          `Stat is not a known statistic: ${Stat}`,
        );
      }
      if (input.ScanBy === "TimestampDescending") series.reverse();
      return {
        Id,
        Label: Label ?? Metric.MetricName,
        Timestamps: series.map(({ time }) => time / 1000),
        Values: series.map(({ value }) => value),
        StatusCode: "Complete",
      };
    },
  );
  return { MetricDataResults: results, Messages: [] };
}

function listMetrics(metrics: Metrics, { Namespace, MetricName }: z.output<typeof ListMetrics>) {
  const found = metrics
    .list()
    .filter(
      ({ namespace, name }) =>
        (Namespace === undefined || namespace === Namespace) &&
        (MetricName === undefined || name === MetricName),
    );
  return {
    Metrics: found.map(({ namespace, name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    })),
  };
}
