import * as z from "zod";

import type { Place } from "../../edge/requirement.ts";
import type { Delivery } from "./delivery.ts";
import { invalid, SnsError } from "./error.ts";
import { Content, newMessage } from "./message.ts";
import type { Subscription, Topic, Topics } from "./topics.ts";

/** What the operations use. */
export interface SnsContext {
  readonly topics: Topics;
  readonly delivery: Delivery;
  readonly place: Place;
}

const Attributes = z.record(z.string(), z.string()).default({});
const OfTopic = z.object({ TopicArn: z.string() });
const OfSubscription = z.object({ SubscriptionArn: z.string() });
const Page = z.object({ NextToken: z.string().optional() });
const Create = z.object({ Name: z.string(), Attributes });
const SetAttribute = z.object({
  AttributeName: z.string(),
  AttributeValue: z.string().default(""),
});
const Subscribe = z.object({
  TopicArn: z.string(),
  Protocol: z.string(),
  Endpoint: z.string().default(""),
  Attributes,
});
const Target = z.object({
  TopicArn: z.string().optional(),
  TargetArn: z.string().optional(),
  PhoneNumber: z.string().optional(),
});
const Batch = z.object({
  TopicArn: z.string(),
  PublishBatchRequestEntries: z
    .array(z.looseObject({ Id: z.string() }))
    .min(1)
    .max(10),
});

/** An output: texts, lists, maps and objects. */
export type Output = string | readonly Output[] | ReadonlyMap<string, string> | OutputObject;
export interface OutputObject {
  readonly [member: string]: Output | undefined;
}
type Operation = (
  context: SnsContext,
  input: Record<string, unknown>,
) => OutputObject | undefined | Promise<OutputObject>;

const PAGE = 100;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateTopic({ topics, place }, input) {
    const { Name, Attributes: attributes } = Create.parse(input);
    if (Name.endsWith(".fifo")) throw invalid("Name: offline does not support FIFO topics");
    if (!/^[\w-]{1,256}$/.test(Name)) throw invalid("Topic Name");
    const arn = `arn:aws:sns:${place.region}:${place.accountId}:${Name}`;
    if (topics.find(arn) === undefined) topics.putTopic({ arn, isDeclared: false, attributes });
    return { TopicArn: arn };
  },
  DeleteTopic({ topics }, input) {
    topics.removeTopic(OfTopic.parse(input).TopicArn);
    return undefined;
  },
  ListTopics({ topics }, input) {
    const { items, NextToken } = pageOf(topics.topics(), input);
    return { Topics: items.map(({ arn }) => ({ TopicArn: arn })), NextToken };
  },
  GetTopicAttributes({ topics, place }, input) {
    const topic = topics.topic(OfTopic.parse(input).TopicArn);
    return { Attributes: new Map(Object.entries(describeTopic(topics, topic, place))) };
  },
  SetTopicAttributes({ topics }, input) {
    const topic = topics.topic(OfTopic.parse(input).TopicArn);
    const { AttributeName, AttributeValue } = SetAttribute.parse(input);
    if (!["DisplayName", "Policy", "DeliveryPolicy"].includes(AttributeName)) {
      throw invalid(`AttributeName: offline does not support ${AttributeName}`);
    }
    topics.putTopic({
      ...topic,
      attributes: { ...topic.attributes, [AttributeName]: AttributeValue },
    });
    return undefined;
  },
  Subscribe({ topics }, input) {
    const { TopicArn, Protocol, Endpoint, Attributes: attributes } = Subscribe.parse(input);
    topics.topic(TopicArn);
    if (!["sqs", "lambda"].includes(Protocol)) {
      throw invalid(`Protocol: offline runs subscriptions of sqs and lambda, not of ${Protocol}`);
    }
    if (Endpoint.split(":")[2] !== Protocol)
      throw invalid(`Endpoint: must be the ARN for ${Protocol}`);
    const existing = topics
      .subscriptions(TopicArn)
      .find((one) => one.protocol === Protocol && one.endpoint === Endpoint);
    const arn = existing?.arn ?? `${TopicArn}:${crypto.randomUUID()}`;
    if (existing === undefined) {
      const own = { protocol: Protocol, endpoint: Endpoint, isDeclared: false, attributes };
      topics.putSubscription({ arn, topicArn: TopicArn, ...own });
    }
    return { SubscriptionArn: arn };
  },
  Unsubscribe({ topics }, input) {
    topics.removeSubscription(OfSubscription.parse(input).SubscriptionArn);
    return undefined;
  },
  ListSubscriptions({ topics, place }, input) {
    return listOf(topics.subscriptions(), input, place);
  },
  ListSubscriptionsByTopic({ topics, place }, input) {
    const { arn } = topics.topic(OfTopic.parse(input).TopicArn);
    return listOf(topics.subscriptions(arn), input, place);
  },
  GetSubscriptionAttributes({ topics, place }, input) {
    const subscription = topics.subscription(OfSubscription.parse(input).SubscriptionArn);
    return {
      Attributes: new Map(
        Object.entries({
          ...describeSubscription(subscription, place),
          ConfirmationWasAuthenticated: "true",
          PendingConfirmation: "false",
          RawMessageDelivery: "false",
          ...subscription.attributes,
        }),
      ),
    };
  },
  SetSubscriptionAttributes({ topics }, input) {
    const subscription = topics.subscription(OfSubscription.parse(input).SubscriptionArn);
    const { AttributeName, AttributeValue } = SetAttribute.parse(input);
    const { [AttributeName]: _, ...others } = subscription.attributes;
    const attributes =
      AttributeValue === "" ? others : { ...others, [AttributeName]: AttributeValue };
    topics.putSubscription({ ...subscription, attributes });
    return undefined;
  },
  async Publish({ topics, delivery }, input) {
    const { TopicArn, TargetArn, PhoneNumber } = Target.parse(input);
    if (PhoneNumber !== undefined) throw invalid("PhoneNumber: offline sends no text messages");
    const { arn } = topics.topic(TopicArn ?? TargetArn ?? "");
    const message = newMessage(arn, Content.parse(input));
    await delivery.send(message);
    return { MessageId: message.id };
  },
  async PublishBatch({ topics, delivery }, input) {
    const { TopicArn, PublishBatchRequestEntries: entries } = Batch.parse(input);
    const { arn } = topics.topic(TopicArn);
    if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
      throw new SnsError("BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id");
    }
    const Successful: OutputObject[] = [];
    const Failed: OutputObject[] = [];
    for (const { Id, ...entry } of entries) {
      try {
        const message = newMessage(arn, Content.parse(entry));
        await delivery.send(message);
        Successful.push({ Id, MessageId: message.id });
      } catch (error) {
        if (!(error instanceof SnsError || error instanceof z.ZodError)) throw error;
        Failed.push({ Id, Code: "InvalidParameter", Message: error.message, SenderFault: "true" });
      }
    }
    return { Successful, Failed };
  },
};

/** Performs an operation of SNS. Rejects with an `SnsError`. */
export async function handleSns(
  context: SnsContext,
  operation: string,
  input: Record<string, unknown>,
): Promise<OutputObject | undefined> {
  const perform = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (perform === undefined) {
    throw new SnsError("InvalidAction", `offline does not support ${operation}`);
  }
  try {
    return await perform(context, input);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw invalid(z.prettifyError(error));
  }
}

function listOf(all: Subscription[], input: Record<string, unknown>, place: Place): OutputObject {
  const { items, NextToken } = pageOf(all, input);
  return { Subscriptions: items.map((one) => describeSubscription(one, place)), NextToken };
}

const describeSubscription = (
  { arn, topicArn, protocol, endpoint }: Subscription,
  place: Place,
) => ({
  SubscriptionArn: arn,
  Owner: place.accountId,
  Protocol: protocol,
  Endpoint: endpoint,
  TopicArn: topicArn,
});

const describeTopic = (topics: Topics, { arn, attributes }: Topic, { accountId }: Place) => ({
  TopicArn: arn,
  Owner: accountId,
  DisplayName: "",
  SubscriptionsConfirmed: String(topics.subscriptions(arn).length),
  SubscriptionsPending: "0",
  SubscriptionsDeleted: "0",
  ...attributes,
});

/** `NextToken` is the index of the first item of the next page. */
function pageOf<T>(all: readonly T[], input: Record<string, unknown>) {
  const start = Number(Page.parse(input).NextToken ?? 0);
  if (!Number.isInteger(start) || start < 0) throw invalid("NextToken");
  const end = start + PAGE;
  return { items: all.slice(start, end), NextToken: end < all.length ? String(end) : undefined };
}
