import { GetQueueAttributesCommand, type QueueAttributeName } from "@aws-sdk/client-sqs";

import { call } from "../aws/call.ts";
import { sqs } from "../aws/sqs.ts";

/** Numbers of messages, as SQS estimates them. */
export interface QueueDepth {
  /** Waiting to be received. */
  readonly waiting: number;
  /** Received, and neither deleted nor visible again. */
  readonly inFlight: number;
  /** Sent with a delay, and not visible yet. */
  readonly delayed: number;
}

/** The numbers of messages in a queue. Throws a `ServiceError` (`queue.failed`) if SQS cannot be reached or rejects the request. */
export async function depthOf(url: string): Promise<QueueDepth> {
  const attributes = await read(url, [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
  ]);
  return {
    waiting: Number(attributes.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
    delayed: Number(attributes.ApproximateNumberOfMessagesDelayed ?? 0),
  };
}

/** The ARN of a queue. Throws a `ServiceError` (`queue.failed`). */
export async function arnOf(url: string): Promise<string> {
  const { QueueArn = "" } = await read(url, ["QueueArn"]);
  return QueueArn;
}

async function read(
  QueueUrl: string,
  AttributeNames: QueueAttributeName[],
): Promise<Partial<Record<QueueAttributeName, string>>> {
  const { Attributes = {} } = await callQueue(
    sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames })),
  );
  return Attributes;
}

/** Awaits a request to SQS. Throws a `ServiceError` (`queue.failed`). */
export const callQueue = <T>(request: Promise<T>): Promise<T> =>
  call(request, "queue.failed", "The request to SQS failed.");
