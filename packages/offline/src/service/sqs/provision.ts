import path from "node:path";

import { openSqs, type Sqs, SqsError } from "@waybill/sqs";

import { OfflineError } from "../../ground/error.ts";
import { type Graph, type Inputs, resourcesOf } from "../../synth/graph.ts";
import { stateOf } from "../../synth/inputs.ts";
import type { Running, Service } from "../service.ts";
import { sqsFront } from "./front.ts";

export interface QueuePlan {
  name: string;
  arn: string;
  /** The URL that it would have on AWS. */
  url: string;
  /** The attributes, with the names and formats of SQS. */
  attributes: Record<string, string>;
}

const QUEUE = "aws:sqs/queue:Queue";
const ATTACHED = [
  "aws:sqs/queuePolicy:QueuePolicy",
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
];

/** The attributes of SQS, by input of the resource. */
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

/** Returns the queues of a graph, dead-letter queues first, because others refer to them. */
export function planQueues(graph: Graph): QueuePlan[] {
  const attached = ATTACHED.flatMap((type) => resourcesOf(graph, type));
  const plans = resourcesOf(graph, QUEUE).map((queue) => {
    const own = attached.filter(({ inputs }) => inputs["queueUrl"] === queue.id);
    const attributes = Object.assign(
      {},
      ...[queue, ...own].map(({ inputs }) => attributesOf(inputs)),
    ) as Record<string, string>;
    return { name: stateOf(queue, "name"), arn: stateOf(queue, "arn"), url: queue.id, attributes };
  });
  const redrives = (plan: QueuePlan) => ("RedrivePolicy" in plan.attributes ? 1 : 0);
  return plans.toSorted((a, b) => redrives(a) - redrives(b));
}

function attributesOf(inputs: Inputs): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ATTRIBUTES).flatMap(([input, attribute]) => {
      const value = inputs[input];
      if (value === undefined || value === null) return [];
      return [[attribute, typeof value === "object" ? JSON.stringify(value) : String(value)]];
    }),
  );
}

export interface RunningSqs extends Running {
  readonly engine: Sqs;
}

export const sqs: Service<{ queues: QueuePlan[] }, RunningSqs> = {
  types: Object.fromEntries([QUEUE, ...ATTACHED].map((type) => [type, []])),
  plan: (graph) => ({ queues: planQueues(graph) }),
  addressesOf: ({ queues }, endpoint, accountId) =>
    queues.map(({ name, url }) => [url, `${endpoint}/${accountId}/${name}`]),
  open({ graph, folder, endpoint }, { queues }) {
    const { region, accountId } = graph;
    const engine = openSqs({ dir: path.join(folder, "sqs"), region, accountId });
    // The functions that received messages in flight ended with the previous process.
    engine.releaseInFlight();
    return {
      engine,
      front: sqsFront(engine, { region, accountId, endpoint }),
      status: () => ({
        queues: queues.map(({ name, arn }) => ({ name, ...engine.depth(arn) })),
      }),
      policyOf(resource) {
        if (!resource.startsWith("arn:aws:sqs:")) return undefined;
        const document = engine.queueOf(resource.slice(resource.lastIndexOf(":") + 1))?.policy;
        if (document === undefined) return undefined;
        return { name: `the policy of the queue ${resource}`, document };
      },
      provision() {
        for (const { name, attributes } of queues) ensureQueue(engine, name, attributes);
      },
      close: () => engine.close(),
    };
  },
};

/** Throws `OfflineError` (`provision.rejected`) for attributes that SQS rejects. */
function ensureQueue(engine: Sqs, name: string, attributes: Record<string, string>): void {
  try {
    engine.ensureQueue(name, attributes);
  } catch (cause) {
    if (!(cause instanceof SqsError)) throw cause;
    throw new OfflineError(
      "provision.rejected",
      `the queue ${name} cannot be created: ${cause.message}`,
      { cause },
    );
  }
}
