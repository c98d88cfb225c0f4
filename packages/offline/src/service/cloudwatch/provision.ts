import type { Running, Service } from "../service.ts";
import { cloudwatchFront } from "./front.ts";
import { Metrics } from "./metrics.ts";

export interface RunningCloudWatch extends Running {
  readonly metrics: Metrics;
}

/** Keeps the metrics of functions. Alarms and dashboards do not run. */
export const cloudwatch: Service<object, RunningCloudWatch> = {
  types: {},
  plan: () => ({}),
  open() {
    const metrics = new Metrics();
    return { metrics, front: cloudwatchFront(metrics) };
  },
};
