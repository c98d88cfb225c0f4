import { api } from "./api.ts";
import { deadEvents, events } from "./events.ts";
import { ingest } from "./ingest.ts";

type Statistic = "Sum" | "Maximum" | "p50" | "p99";

/** A metric of CloudWatch, with the resource that it is of. */
export interface Metric {
  namespace: string;
  name: string;
  dimensions: Record<string, $util.Input<string>>;
  statistic: Statistic;
}

/** What the ingest function says of its work; `packages/core/src/ingest/metrics.ts` emits them. */
export const outcome = (
  name: "Indexed" | "Removed" | "Refreshed" | "Stale" | "Unreadable" | "Failed",
): Metric => ({
  namespace: "Waybill",
  name,
  dimensions: { service: $app.name, stage: $app.stage },
  statistic: "Sum",
});

/** Milliseconds from S3's event to the record. */
export const lag = (statistic: "p50" | "p99"): Metric => ({
  namespace: "Waybill",
  name: "Lag",
  dimensions: { service: $app.name, stage: $app.stage },
  statistic,
});

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
  namespace: "AWS/SQS",
  name: "ApproximateAgeOfOldestMessage",
  dimensions: { QueueName: events.nodes.queue.name },
  statistic: "Maximum",
};

/** Messages that a redrive policy moves are not counted as sent, so what stands there is the one thing to watch. */
export const deadLetters: Metric = {
  namespace: "AWS/SQS",
  name: "ApproximateNumberOfMessagesVisible",
  dimensions: { QueueName: deadEvents.nodes.queue.name },
  statistic: "Maximum",
};
