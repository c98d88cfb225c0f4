import {
  type CountedOutcome,
  dimensionsOf,
  LAG_METRIC,
  NAMESPACE,
  NOTIFICATION_METRIC,
  LOST_EVENTS_METRIC,
  OLDEST_MESSAGE_METRIC,
  OUTCOME_METRICS,
  PASS_METRICS,
  type PassCount,
} from "../packages/core/src/metric-names.ts";

import { api } from "./api.ts";
import { deadEvents, events } from "./events.ts";
import { ingest } from "./ingest.ts";
import { machine } from "./reconcile.ts";

type Statistic = "Sum" | "Maximum" | "p50" | "p99";

/** A CloudWatch metric of one resource. */
export interface Metric {
  namespace: string;
  name: string;
  dimensions: Record<string, $util.Input<string>>;
  statistic: Statistic;
}

const ofWaybill = (name: string, statistic: Statistic): Metric => ({
  namespace: NAMESPACE,
  name,
  dimensions: dimensionsOf($app),
  statistic,
});

/** Number of events with an outcome; `packages/core/src/ingest/metrics.ts` emits it. */
export const outcome = (name: CountedOutcome): Metric => ofWaybill(OUTCOME_METRICS[name], "Sum");

/** What a pass found or repaired; `packages/core/src/reconcile/ranges/metrics.ts` emits it. */
export const ofPass = (name: PassCount): Metric => ofWaybill(PASS_METRICS[name], "Sum");

/** Events that never arrived, as a pass found out. */
export const lostEvents: Metric = ofWaybill(LOST_EVENTS_METRIC, "Sum");

/** Whether the bucket does not send all its events, as a pass found out. */
export const notificationProblems: Metric = ofWaybill(NOTIFICATION_METRIC, "Maximum");

/** Passes that failed. */
export const failedPasses: Metric = {
  namespace: "AWS/States",
  name: "ExecutionsFailed",
  dimensions: { StateMachineArn: machine.arn },
  statistic: "Sum",
};

/** Milliseconds from S3's event to the record. */
export const lag = (statistic: "p50" | "p99"): Metric => ofWaybill(LAG_METRIC, statistic);

type FunctionMetric = "Errors" | "Throttles" | "Invocations";

const ofFunction = (fn: $util.Input<string>, name: FunctionMetric): Metric => ({
  namespace: "AWS/Lambda",
  name,
  dimensions: { FunctionName: fn },
  statistic: "Sum",
});

const ingestName = ingest.nodes.function.apply((fn) => fn.name);

export const ofIngest = (name: FunctionMetric): Metric => ofFunction(ingestName, name);

export const ofApi = (name: FunctionMetric): Metric => ofFunction(api.name, name);

export const eventsSent: Metric = {
  namespace: "AWS/SQS",
  name: "NumberOfMessagesSent",
  dimensions: { QueueName: events.nodes.queue.name },
  statistic: "Sum",
};

/** Seconds. */
export const oldestEvent: Metric = {
  ...OLDEST_MESSAGE_METRIC,
  dimensions: { QueueName: events.nodes.queue.name },
  statistic: "Maximum",
};

/** Messages in the dead-letter queue. SQS does not count messages that a redrive policy moves as sent. */
export const deadLetters: Metric = {
  namespace: "AWS/SQS",
  name: "ApproximateNumberOfMessagesVisible",
  dimensions: { QueueName: deadEvents.nodes.queue.name },
  statistic: "Maximum",
};
