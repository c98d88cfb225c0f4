import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

import { app } from "../resource.ts";
import { METRICS, type Tally } from "./tally.ts";

/** Metrics in CloudWatch's embedded format; their dimensions are `service`, the app, and `stage`. */
const metrics = new Metrics({
  namespace: "Waybill",
  serviceName: app().name,
  defaultDimensions: { stage: app().stage },
});

/**
 * Writes the metrics of a batch, as one blob or, since one holds 100 values of a metric, as several. What there was none of
 * is written as 0, so that the alarm on the share of unreadable objects always has both of its numbers.
 */
export function publish({ counts, lags }: Tally): void {
  if (counts.size === 0) return;
  for (const name of Object.values(METRICS)) {
    metrics.addMetric(name, MetricUnit.Count, counts.get(name) ?? 0);
  }
  for (const lag of lags) metrics.addMetric("Lag", MetricUnit.Milliseconds, lag);
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}
