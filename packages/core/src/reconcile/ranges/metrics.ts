import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

import {
  LOST_EVENTS_METRIC,
  NAMESPACE,
  NOTIFICATION_METRIC,
  PASS_METRICS,
} from "../../metric-names.ts";
import { app } from "../../resource.ts";
import type { Collected } from "./collect.ts";

/**
 * Writes the metrics of a pass that has ended, in CloudWatch's embedded format. In the first pass over a
 * scope, the objects are older than the catalog: their events are not lost. `notifies` is whether the bucket
 * sends its events.
 */
export function publishPass(
  { total, isFirst }: Pick<Collected, "total" | "isFirst">,
  { repair, notifies }: { readonly repair: boolean; readonly notifies: boolean },
): void {
  const { missing, ghost, different, unreadable } = total.found;
  const metrics = new Metrics({
    namespace: NAMESPACE,
    serviceName: app().name,
    defaultDimensions: { stage: app().stage },
  });
  const values = {
    missing,
    ghost,
    different,
    repaired: repair ? missing + ghost + different + unreadable : 0,
  };
  for (const [name, metric] of Object.entries(PASS_METRICS)) {
    metrics.addMetric(metric, MetricUnit.Count, values[name as keyof typeof values]);
  }
  const lost = isFirst ? 0 : missing + ghost + different;
  metrics.addMetric(LOST_EVENTS_METRIC, MetricUnit.Count, lost);
  metrics.addMetric(NOTIFICATION_METRIC, MetricUnit.Count, notifies ? 0 : 1);
  metrics.publishStoredMetrics();
}
