import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

import {
  CLOCK_SKEW_METRIC,
  type CountedOutcome,
  LAG_METRIC,
  NAMESPACE,
  OUTCOME_METRICS,
} from "../metric-names.ts";
import { app } from "../resource.ts";
import type { Tally } from "./tally.ts";

/** Writes metrics in CloudWatch's embedded format. Powertools adds the dimension `service`. */
const metrics = new Metrics({
  namespace: NAMESPACE,
  serviceName: app().name,
  defaultDimensions: { stage: app().stage },
});

const OUTCOMES = Object.keys(OUTCOME_METRICS) as CountedOutcome[];

/**
 * Writes the metrics of a batch. A metric without events is written as 0, so that the alarm on the share
 * of unreadable objects always has both numbers. Powertools writes several documents if there are more
 * than 100 values of a metric, which is the most that one may contain.
 */
export function publish({ counts, lags, clockSkews }: Tally): void {
  if (counts.size === 0) return;
  for (const outcome of OUTCOMES) {
    metrics.addMetric(OUTCOME_METRICS[outcome], MetricUnit.Count, counts.get(outcome) ?? 0);
  }
  if (clockSkews > 0) metrics.addMetric(CLOCK_SKEW_METRIC, MetricUnit.Count, clockSkews);
  for (const lag of lags) metrics.addMetric(LAG_METRIC, MetricUnit.Milliseconds, lag);
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}
