import { createHash } from "node:crypto";

import { type Graph, type GraphResource, resourcesOf } from "../../synth/graph.ts";
import { inputsOf, policyText, stateOf, z } from "../../synth/inputs.ts";
import type { Subscription, Topic } from "./topics.ts";

const TOPIC = "aws:sns/topic:Topic";
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";
const POLICY = "aws:sns/topicPolicy:TopicPolicy";

/** The resource types of SNS, each with the inputs that are ignored. */
export const SNS_TYPES = {
  [TOPIC]: [
    "archivePolicy",
    "deliveryPolicy",
    "kmsMasterKeyId",
    "tracingConfig",
    "sqsFailureFeedbackRoleArn",
    "sqsSuccessFeedbackRoleArn",
    "lambdaFailureFeedbackRoleArn",
    "lambdaSuccessFeedbackRoleArn",
  ],
  [SUBSCRIPTION]: ["deliveryPolicy", "replayPolicy", "subscriptionRoleArn"],
  [POLICY]: [],
};

const TopicInputs = z.object({
  fifoTopic: z.boolean().default(false),
  displayName: z.string().optional(),
  policy: policyText.optional(),
});
const PolicyInputs = z.object({ arn: z.string(), policy: policyText });
const SubscriptionInputs = z.object({
  topic: z.string(),
  protocol: z.string(),
  endpoint: z.string(),
  filterPolicy: z.string().optional(),
  filterPolicyScope: z.string().optional(),
  rawMessageDelivery: z.boolean().optional(),
  redrivePolicy: z.string().optional(),
});

/** Returns the standard topics of a graph. */
export function planTopics(graph: Graph): Topic[] {
  const policies = resourcesOf(graph, POLICY).map((resource) => inputsOf(resource, PolicyInputs));
  return resourcesOf(graph, TOPIC)
    .filter((resource) => !inputsOf(resource, TopicInputs).fifoTopic)
    .map((resource) => {
      const arn = stateOf(resource, "arn");
      const { displayName, policy } = inputsOf(resource, TopicInputs);
      const own = policies.find((one) => one.arn === arn)?.policy ?? policy;
      return {
        arn,
        isDeclared: true,
        attributes: textsOf({ DisplayName: displayName, Policy: own }),
      };
    });
}

/** Returns the subscriptions of queues and functions to the topics. */
export function planSubscriptions(graph: Graph, topics: readonly Topic[]): Subscription[] {
  return resourcesOf(graph, SUBSCRIPTION)
    .map((resource) => ({ name: resource.name, ...inputsOf(resource, SubscriptionInputs) }))
    .filter(
      ({ topic, protocol }) =>
        ["sqs", "lambda"].includes(protocol) && topics.some(({ arn }) => arn === topic),
    )
    .map((inputs) => ({
      arn: `${inputs.topic}:${idOf(inputs.name)}`,
      topicArn: inputs.topic,
      protocol: inputs.protocol,
      endpoint: inputs.endpoint,
      isDeclared: true,
      attributes: textsOf({
        FilterPolicy: inputs.filterPolicy,
        FilterPolicyScope: inputs.filterPolicyScope,
        RawMessageDelivery: inputs.rawMessageDelivery === true ? "true" : undefined,
        RedrivePolicy: inputs.redrivePolicy,
      }),
    }));
}

/** Whether a resource of `SNS_TYPES` runs. */
export function isPlanned(
  resource: GraphResource,
  { topics, subscriptions }: { topics: readonly Topic[]; subscriptions: readonly Subscription[] },
): boolean {
  switch (resource.type) {
    case TOPIC:
      return topics.some(({ arn }) => arn === resource.state["arn"]);
    case POLICY:
      return topics.some(({ arn }) => arn === resource.inputs["arn"]);
    default:
      return subscriptions.some(
        ({ topicArn, arn }) => arn === `${topicArn}:${idOf(resource.name)}`,
      );
  }
}

const textsOf = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

/** Returns the id of a subscription, in the form of a UUID, which is the same at every start. */
const idOf = (name: string): string =>
  createHash("sha256")
    .update(name)
    .digest("hex")
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
