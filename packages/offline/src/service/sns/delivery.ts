import { lambda } from "../lambda/provision.ts";
import type { Stage } from "../service.ts";
import { sqs } from "../sqs/provision.ts";
import { envelopeOf, lambdaEventOf, type Message } from "./message.ts";
import { deadLetterOf, type Subscription, type Topics } from "./topics.ts";

const SNS = "sns.amazonaws.com";

/** Sends messages to the subscriptions of their topics, if the policies of the endpoints allow it. */
export class Delivery {
  readonly #stage: Stage;
  readonly #topics: Topics;

  constructor(stage: Stage, topics: Topics) {
    this.#stage = stage;
    this.#topics = topics;
  }

  /**
   * Sends a message. It is stored in each queue, and for each function, when this resolves. One that
   * cannot be delivered goes to the dead-letter queue of the subscription, or is lost and reported.
   */
  async send(message: Message): Promise<void> {
    const subscriptions = this.#topics
      .subscriptions(message.topicArn)
      .filter((one) => this.#topics.filterOf(one)(message.text, message.attributes));
    await Promise.all(subscriptions.map((one) => this.#deliver(message, one)));
  }

  async #deliver(message: Message, subscription: Subscription): Promise<void> {
    try {
      await this.#reach(message, subscription);
    } catch (error) {
      const reason = (error as Error).message;
      const arn = deadLetterOf(subscription);
      this.#report(message, subscription.endpoint, reason);
      if (arn === undefined) return;
      await this.#queue(message, subscription, arn).catch((cause: unknown) =>
        this.#report(message, arn, (cause as Error).message),
      );
    }
  }

  async #reach(message: Message, subscription: Subscription): Promise<void> {
    const { protocol, endpoint: arn } = subscription;
    if (protocol === "sqs") return this.#queue(message, subscription, arn);
    const functions = this.#stage.running(lambda);
    this.#checkAllowed("lambda:InvokeFunction", arn, message.topicArn);
    const event = lambdaEventOf(message, subscription.arn, this.#stage.endpoint);
    functions.invokeAsync(arn, JSON.stringify(event));
    return undefined;
  }

  async #queue(message: Message, subscription: Subscription, arn: string): Promise<void> {
    const { endpoint, running } = this.#stage;
    this.#checkAllowed("sqs:SendMessage", arn, message.topicArn);
    const isRaw = subscription.attributes["RawMessageDelivery"] === "true";
    await running(sqs).engine.handle({
      operation: "SendMessage",
      endpoint,
      signal: new AbortController().signal,
      input: {
        QueueUrl: `${endpoint}/${arn.split(":").slice(-2).join("/")}`,
        ...(isRaw
          ? { MessageBody: message.textFor("sqs"), MessageAttributes: message.attributes }
          : { MessageBody: JSON.stringify(envelopeOf(message, subscription.arn, endpoint)) }),
      },
    });
  }

  #checkAllowed(action: string, resource: string, topicArn: string): void {
    const { authority, graph } = this.#stage;
    const context = { "aws:SourceArn": topicArn, "aws:SourceAccount": graph.accountId };
    const principal = { type: "service", service: SNS } as const;
    const denial = authority.denialFor(principal, [{ action, resource, context }]);
    if (denial !== undefined) throw new Error(denial);
  }

  #report({ topicArn }: Message, arn: string, reason: string): void {
    const message = `the topic ${topicArn.split(":").at(-1)} did not reach ${arn}: ${reason}`;
    this.#stage.options.onEvent({ type: "problem", message });
  }
}
