import { EVENT_BRIDGE } from "@waybill/s3";
import type { Sqs } from "@waybill/sqs";

import type { Authority } from "../../edge/authority.ts";
import type { Faults } from "../../edge/faults.ts";
import { OfflineError } from "../../ground/error.ts";

/** A service that accepts notifications of buckets, and starts after S3. */
type Receiver = "eventbridge" | "lambda" | "sns";
/** Throws an error if it cannot accept the body. S3 then tries again. */
export type Receive = (destinationArn: string, body: string) => void | Promise<void>;

interface Options {
  readonly authority: Authority;
  readonly faults: Faults;
  readonly queues: Sqs;
  readonly accountId: string;
}

/** The action that the policy of a destination must allow, by the service in its ARN. */
const ACTIONS: Readonly<Record<string, string>> = {
  sqs: "sqs:SendMessage",
  sns: "sns:Publish",
  lambda: "lambda:InvokeFunction",
};

/** Sends notifications of buckets to their destinations, if the policies of these allow it to S3. */
export class Notifications {
  readonly #options: Options;
  readonly #receivers = new Map<string, Receive>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Sets what receives the notifications for a service. Without it, they stay in the outbox. */
  onNotification(receiver: Receiver, receive: Receive | undefined): void {
    if (receive === undefined) this.#receivers.delete(receiver);
    else this.#receivers.set(receiver, receive);
  }

  async deliver(destination: string, body: string): Promise<void> {
    const service = destination === EVENT_BRIDGE ? EVENT_BRIDGE : serviceOf(destination);
    const { faults, queues } = this.#options;
    if (service !== EVENT_BRIDGE) this.checkAllowed(bucketOf(body), destination);
    if (service === "sqs") {
      for (const delaySeconds of faults.forNotification()) {
        queues.send(destination, body, delaySeconds);
      }
      return;
    }
    const receive = this.#receivers.get(service);
    if (receive === undefined) throw new Error(`${service} does not run`);
    await receive(destination, body);
  }

  /**
   * Throws `OfflineError` (`notification.forbidden`) if the bucket may not send to the destination.
   * S3 also rejects such a configuration.
   */
  checkAllowed(bucketArn: string, destinationArn: string): void {
    const { authority, accountId } = this.#options;
    const action = ACTIONS[serviceOf(destinationArn)] ?? "";
    const denial = authority.denialFor({ type: "service", service: "s3.amazonaws.com" }, [
      {
        action,
        resource: destinationArn,
        context: { "aws:SourceArn": bucketArn, "aws:SourceAccount": accountId },
      },
    ]);
    if (denial !== undefined) {
      const policy = action.startsWith("sqs:") ? "its queue policy" : "its policy";
      throw new OfflineError(
        "notification.forbidden",
        `S3 may not send the notifications of ${bucketArn} to ${destinationArn}: ${policy} must allow ` +
          `${action} to s3.amazonaws.com for this bucket.`,
      );
    }
  }
}

const serviceOf = (arn: string): string => arn.split(":")[2] ?? "";

/** Whether a body only tests a destination. S3 sends it to queues and topics, but not to functions. */
export const isTestEvent = (body: string): boolean =>
  (JSON.parse(body) as { Event?: string }).Event === "s3:TestEvent";

/** Returns the ARN of the bucket of a notification or a test event. */
function bucketOf(body: string): string {
  const { Bucket, Records } = JSON.parse(body) as {
    Bucket?: string;
    Records?: { s3: { bucket: { arn: string } } }[];
  };
  return Records?.[0]?.s3.bucket.arn ?? `arn:aws:s3:::${Bucket}`;
}
