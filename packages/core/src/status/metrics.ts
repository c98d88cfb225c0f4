import { GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";

import { call } from "../aws/call.ts";
import { cloudwatch } from "../aws/cloudwatch.ts";
import {
  type CountedOutcome,
  dimensionsOf,
  LAG_METRIC,
  NAMESPACE,
  OLDEST_MESSAGE_METRIC,
  OUTCOME_METRICS,
} from "../metric-names.ts";
import { app, eventsQueue } from "../resource.ts";

/** Recent metrics of a stage; the outcomes are numbers of events. */
export interface RecentMetrics extends Readonly<Record<CountedOutcome, number>> {
  /** Start of the period; ISO-8601 UTC to the millisecond. */
  readonly since: string;
  /** Milliseconds from S3's event to the record; undefined if nothing was written. */
  readonly lag?: { readonly p50: number; readonly p99: number } | undefined;
  /** Seconds that the oldest event has waited; undefined if CloudWatch has no value. */
  readonly oldestEvent?: number | undefined;
}

const PERIOD_SECONDS = 15 * 60;

/**
 * Reads the metrics of the current quarter of an hour and the one before it. CloudWatch shows them a
 * minute or two late. Throws a `ServiceError` (`status.no_metrics`).
 */
export async function recentMetrics(now: Date): Promise<RecentMetrics> {
  const seconds = Math.floor(now.getTime() / 1000);
  const since = new Date((seconds - (seconds % PERIOD_SECONDS) - PERIOD_SECONDS) * 1000);
  const output = await call(
    cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: since,
        EndTime: now,
        ScanBy: "TimestampDescending",
        MetricDataQueries: [...ingestQueries(), oldestEventQuery()],
      }),
    ),
    "status.no_metrics",
    "Could not read metrics from CloudWatch.",
  );
  const values = new Map(
    (output.MetricDataResults ?? []).map(({ Id = "", Values = [] }) => [Id, Values]),
  );
  const sum = (outcome: CountedOutcome) => (values.get(outcome) ?? []).reduce((a, b) => a + b, 0);
  const latest = (id: string) => values.get(id)?.[0];
  const [p50, p99] = [latest("p50"), latest("p99")];
  return {
    since: since.toISOString(),
    indexed: sum("indexed"),
    removed: sum("removed"),
    refreshed: sum("refreshed"),
    stale: sum("stale"),
    unreadable: sum("unreadable"),
    failed: sum("failed"),
    lag: p50 === undefined || p99 === undefined ? undefined : { p50, p99 },
    oldestEvent: latest("oldest"),
  };
}

function ingestQueries(): MetricDataQuery[] {
  const Dimensions = Object.entries(dimensionsOf(app())).map(([Name, Value]) => ({ Name, Value }));
  const query = (Id: string, MetricName: string, Stat: string): MetricDataQuery => ({
    Id,
    MetricStat: {
      Metric: { Namespace: NAMESPACE, MetricName, Dimensions },
      Period: PERIOD_SECONDS,
      Stat,
    },
  });
  return [
    ...Object.entries(OUTCOME_METRICS).map(([outcome, name]) => query(outcome, name, "Sum")),
    query("p50", LAG_METRIC, "p50"),
    query("p99", LAG_METRIC, "p99"),
  ];
}

function oldestEventQuery(): MetricDataQuery {
  const QueueName = eventsQueue().split("/").at(-1) ?? "";
  const { namespace, name } = OLDEST_MESSAGE_METRIC;
  return {
    Id: "oldest",
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: name,
        Dimensions: [{ Name: "QueueName", Value: QueueName }],
      },
      // A minute, so that the latest value is the current one.
      Period: 60,
      Stat: "Maximum",
    },
  };
}
