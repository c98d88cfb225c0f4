import fs from "node:fs";

import * as z from "zod";

import { writeAtomically } from "../../ground/atomic-file.ts";

import { invalid, SnsError } from "./error.ts";
import { compileFilter, type Filter } from "./filter.ts";

const Attributes = z.record(z.string(), z.string());
const TopicShape = z.object({ arn: z.string(), isDeclared: z.boolean(), attributes: Attributes });
const SubscriptionShape = z.object({
  arn: z.string(),
  topicArn: z.string(),
  /** `sqs` or `lambda`. */
  protocol: z.string(),
  endpoint: z.string(),
  isDeclared: z.boolean(),
  /** With the names of SNS: `FilterPolicy`, `FilterPolicyScope`, `RawMessageDelivery`, `RedrivePolicy`. */
  attributes: Attributes,
});
const FileShape = z.object({
  topics: z.array(TopicShape),
  subscriptions: z.array(SubscriptionShape),
});

export type Topic = z.output<typeof TopicShape>;
export type Subscription = z.output<typeof SubscriptionShape>;

const SETTABLE = new Set([
  "FilterPolicy",
  "FilterPolicyScope",
  "RawMessageDelivery",
  "RedrivePolicy",
]);

/**
 * The topics and subscriptions of a stage. Those that calls create are kept in a file; a change of a
 * declared one lasts until the stack stops.
 */
export class Topics {
  readonly #file: string;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #filters = new Map<string, Filter>();

  constructor(file: string) {
    this.#file = file;
    if (!fs.existsSync(file)) return;
    const stored = FileShape.parse(JSON.parse(fs.readFileSync(file, "utf8")));
    for (const topic of stored.topics) this.#topics.set(topic.arn, topic);
    for (const subscription of stored.subscriptions) this.putSubscription(subscription);
  }

  topics(): Topic[] {
    return [...this.#topics.values()].toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
  }

  subscriptions(topicArn?: string): Subscription[] {
    return [...this.#subscriptions.values()]
      .filter((each) => topicArn === undefined || each.topicArn === topicArn)
      .toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
  }

  find(arn: string): Topic | undefined {
    return this.#topics.get(arn);
  }

  /** Throws an `SnsError` if the topic does not exist. */
  topic(arn: string): Topic {
    const topic = this.#topics.get(arn);
    if (topic) return topic;
    throw new SnsError("NotFound", "Topic does not exist");
  }

  /** Throws an `SnsError` if the subscription does not exist. */
  subscription(arn: string): Subscription {
    const subscription = this.#subscriptions.get(arn);
    if (subscription) return subscription;
    throw new SnsError("NotFound", "Subscription does not exist");
  }

  filterOf({ arn }: Subscription): Filter {
    return this.#filters.get(arn) ?? (() => true);
  }

  putTopic(topic: Topic): void {
    this.#topics.set(topic.arn, topic);
    this.#save();
  }

  /** Creates or replaces a subscription. Throws an `SnsError` for attributes that SNS rejects. */
  putSubscription(subscription: Subscription): void {
    const { arn, attributes } = subscription;
    const unknown = Object.keys(attributes).find((name) => !SETTABLE.has(name));
    if (unknown !== undefined) throw invalid(`AttributeName: offline does not support ${unknown}`);
    const filter = compileFilter(attributes["FilterPolicy"], attributes["FilterPolicyScope"]);
    deadLetterOf(subscription);
    this.#filters.set(arn, filter);
    this.#subscriptions.set(arn, subscription);
    this.#save();
  }

  removeTopic(arn: string): void {
    for (const subscription of this.subscriptions(arn)) this.#forget(subscription.arn);
    this.#topics.delete(arn);
    this.#save();
  }

  removeSubscription(arn: string): void {
    this.#forget(arn);
    this.#save();
  }

  #forget(arn: string): void {
    this.#subscriptions.delete(arn);
    this.#filters.delete(arn);
  }

  #save(): void {
    const own = <T extends { isDeclared: boolean }>(all: T[]) =>
      all.filter((one) => !one.isDeclared);
    const contents = { topics: own(this.topics()), subscriptions: own(this.subscriptions()) };
    writeAtomically(this.#file, JSON.stringify(contents));
  }
}

const Redrive = z.object({ deadLetterTargetArn: z.string() });

/** Returns the dead-letter queue of a subscription. Throws an `SnsError` for a policy that SNS rejects. */
export function deadLetterOf({ attributes }: Subscription): string | undefined {
  const policy = attributes["RedrivePolicy"];
  if (policy === undefined || policy === "") return undefined;
  try {
    return Redrive.parse(JSON.parse(policy)).deadLetterTargetArn;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      throw invalid("RedrivePolicy: must be JSON with deadLetterTargetArn");
    }
    throw error;
  }
}
