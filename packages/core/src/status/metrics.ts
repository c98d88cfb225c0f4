import { GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";

import { answerOf } from "../aws/answer.ts";
import { cloudwatch } from "../aws/cloudwatch.ts";
import { app, eventsQueue } from "../resource.ts";

/** What CloudWatch has counted of late. */
export interface RecentMetrics {
  /** From when on; ISO-8601 UTC to the millisecond. */
  readonly since: string;
  readonly indexed: number;
  readonly removed: number;
  readonly refreshed: number;
  readonly unreadable: number;
  readonly stale: number;
  readonly failed: number;
  /** Milliseconds from S3's event to the record; undefined where nothing was written. */
  readonly lag?: { readonly p50: number; readonly p99: number } | undefined;
  /** Seconds that the oldest event has waited; undefined where CloudWatch has not looked. */
  readonly oldestEvent?: number | undefined;
}

const PERIOD_SECONDS = 15 * 60;

/**
 * Reads the metrics of the current quarter of an hour and the one before it. They come a minute or two
 * late. Throws a `ServiceError` (`status.no_metrics`).
 */
export async function recentMetrics(now: Date): Promise<RecentMetrics> {
  const seconds = Math.floor(now.getTime() / 1000);
  const since = new Date((seconds - (seconds % PERIOD_SECONDS) - PERIOD_SECONDS) * 1000);
  const output = await answerOf(
    cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: since,
        EndTime: now,
        ScanBy: "TimestampDescending",
        MetricDataQueries: [...ofIngest(), ofQueue()],
      }),
    ),
    "status.no_metrics",
    "CloudWatch did not answer.",
  );
  const values = new Map(
    (output.MetricDataResults ?? []).map(({ Id = "", Values = [] }) => [Id, Values]),
  );
  const sum = (id: string) => (values.get(id) ?? []).reduce((a, b) => a + b, 0);
  const latest = (id: string) => values.get(id)?.[0];
  const [p50, p99] = [latest("p50"), latest("p99")];
  return {
    since: since.toISOString(),
    indexed: sum("indexed"),
    removed: sum("removed"),
    refreshed: sum("refreshed"),
    unreadable: sum("unreadable"),
    stale: sum("stale"),
    failed: sum("failed"),
    lag: p50 === undefined || p99 === undefined ? undefined : { p50, p99 },
    oldestEvent: latest("oldest"),
  };
}

/** What `ingest/metrics.ts` emits. */
function ofIngest(): MetricDataQuery[] {
  const { name, stage } = app();
  const Dimensions = [
    { Name: "service", Value: name },
    { Name: "stage", Value: stage },
  ];
  const query = (Id: string, MetricName: string, Stat: string): MetricDataQuery => ({
    Id,
    MetricStat: {
      Metric: { Namespace: "Waybill", MetricName, Dimensions },
      Period: PERIOD_SECONDS,
      Stat,
    },
  });
  return [
    query("indexed", "Indexed", "Sum"),
    query("removed", "Removed", "Sum"),
    query("refreshed", "Refreshed", "Sum"),
    query("unreadable", "Unreadable", "Sum"),
    query("stale", "Stale", "Sum"),
    query("failed", "Failed", "Sum"),
    query("p50", "Lag", "p50"),
    query("p99", "Lag", "p99"),
  ];
}

function ofQueue(): MetricDataQuery {
  const QueueName = eventsQueue().split("/").at(-1) ?? "";
  return {
    Id: "oldest",
    MetricStat: {
      Metric: {
        Namespace: "AWS/SQS",
        MetricName: "ApproximateAgeOfOldestMessage",
        Dimensions: [{ Name: "QueueName", Value: QueueName }],
      },
      // The latest minute: how long the oldest event waits now.
      Period: 60,
      Stat: "Maximum",
    },
  };
}
