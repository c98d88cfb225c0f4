import path from "node:path";

import { OfflineError } from "../../ground/error.ts";
import { s3 } from "../s3/provision.ts";
import type { Running, Service } from "../service.ts";
import { Delivery } from "./delivery.ts";
import { SnsError } from "./error.ts";
import { snsFront } from "./front.ts";
import { SNS_CONDITION_KEYS } from "./iam.ts";
import { newMessage } from "./message.ts";
import { isPlanned, planSubscriptions, planTopics, SNS_TYPES } from "./plan.ts";
import { type Subscription, type Topic, Topics } from "./topics.ts";

export interface SnsPlan {
  topics: Topic[];
  subscriptions: Subscription[];
}

export interface RunningSns extends Running {
  /** Publishes a message of an AWS service. Throws an `SnsError` if the topic does not exist. */
  publish(topicArn: string, message: string, subject?: string): Promise<void>;
}

/** SNS: standard topics, with subscriptions of queues and functions. */
export const sns: Service<SnsPlan, RunningSns> = {
  types: SNS_TYPES,
  conditionKeys: SNS_CONDITION_KEYS,
  plan(graph) {
    const topics = planTopics(graph);
    return { topics, subscriptions: planSubscriptions(graph, topics) };
  },
  runs: (resource, plan) => isPlanned(resource, plan),
  open(stage, plan) {
    const { region, accountId } = stage.graph;
    const topics = new Topics(path.join(stage.folder, "sns.json"));
    // S3 reads their policies when it creates its buckets, which is before SNS creates its subscriptions.
    for (const topic of plan.topics) topics.putTopic(topic);
    const delivery = new Delivery(stage, topics);
    const buckets = stage.running(s3);
    const publish = async (topicArn: string, text: string, subject?: string) => {
      const { arn } = topics.topic(topicArn);
      await delivery.send(newMessage(arn, { Message: text, Subject: subject }));
    };
    return {
      publish,
      front: snsFront({ topics, delivery, place: { region, accountId } }),
      policyOf(resource) {
        const document = topics.find(resource)?.attributes["Policy"];
        if (document === undefined || document === "") return undefined;
        return { name: `the policy of the topic ${resource}`, document };
      },
      provision() {
        for (const subscription of plan.subscriptions) ensureSubscription(topics, subscription);
      },
      async start() {
        buckets.onNotification("sns", (arn, body) => publish(arn, body, "Amazon S3 Notification"));
      },
      async stop() {
        buckets.onNotification("sns", undefined);
      },
    };
  },
};

/** Throws `OfflineError` (`provision.rejected`) for attributes that SNS rejects. */
function ensureSubscription(topics: Topics, subscription: Subscription): void {
  try {
    topics.putSubscription(subscription);
  } catch (cause) {
    if (!(cause instanceof SnsError)) throw cause;
    const message = `the subscription of ${subscription.endpoint} to ${subscription.topicArn} cannot be created: ${cause.message}`;
    throw new OfflineError("provision.rejected", message, { cause });
  }
}
