import { type Graph, type Inputs, resourcesOf } from "../synth/graph.ts";
import { stateOf } from "./inputs.ts";

export interface QueuePlan {
  name: string;
  arn: string;
  /** The URL that AWS would give it. */
  url: string;
  /** As SQS names and writes them. */
  attributes: Record<string, string>;
}

const QUEUE = "aws:sqs/queue:Queue";
const ATTACHED = [
  "aws:sqs/queuePolicy:QueuePolicy",
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
];

/** The resource types that these plans speak for. */
export const QUEUE_TYPES = [QUEUE, ...ATTACHED];

const ATTRIBUTES: Record<string, string> = {
  visibilityTimeoutSeconds: "VisibilityTimeout",
  messageRetentionSeconds: "MessageRetentionPeriod",
  delaySeconds: "DelaySeconds",
  maxMessageSize: "MaximumMessageSize",
  receiveWaitTimeSeconds: "ReceiveMessageWaitTimeSeconds",
  redrivePolicy: "RedrivePolicy",
  redriveAllowPolicy: "RedriveAllowPolicy",
  policy: "Policy",
};

/** Every queue of the graph, dead-letter queues first, since others refer to them. */
export function planQueues(graph: Graph): QueuePlan[] {
  const attached = ATTACHED.flatMap((type) => resourcesOf(graph, type));
  const plans = resourcesOf(graph, QUEUE).map((queue) => {
    const own = attached.filter(({ inputs }) => inputs["queueUrl"] === queue.id);
    const attributes = Object.assign(
      {},
      ...[queue, ...own].map(({ inputs }) => written(inputs)),
    ) as Record<string, string>;
    return { name: stateOf(queue, "name"), arn: stateOf(queue, "arn"), url: queue.id, attributes };
  });
  const redrives = (plan: QueuePlan) => ("RedrivePolicy" in plan.attributes ? 1 : 0);
  return plans.toSorted((a, b) => redrives(a) - redrives(b));
}

function written(inputs: Inputs): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ATTRIBUTES).flatMap(([input, attribute]) => {
      const value = inputs[input];
      if (value === undefined || value === null) return [];
      return [[attribute, typeof value === "object" ? JSON.stringify(value) : String(value)]];
    }),
  );
}
