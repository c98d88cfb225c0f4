import { GetQueueAttributesCommand, type QueueAttributeName } from "@aws-sdk/client-sqs";

import { answerOf } from "../aws/answer.ts";
import { sqs } from "../aws/sqs.ts";

/** How many messages are where, as SQS estimates it. */
export interface QueueDepth {
  /** Waiting to be received. */
  readonly waiting: number;
  /** Received, and neither deleted nor come back. */
  readonly inFlight: number;
  /** Sent, and not to be received yet. */
  readonly delayed: number;
}

/** Throws a `ServiceError` (`queue.failed`). */
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

/** Throws a `ServiceError` (`queue.failed`). */
export async function arnOf(url: string): Promise<string> {
  const { QueueArn = "" } = await read(url, ["QueueArn"]);
  return QueueArn;
}

async function read(
  QueueUrl: string,
  AttributeNames: QueueAttributeName[],
): Promise<Partial<Record<QueueAttributeName, string>>> {
  const { Attributes = {} } = await queueAnswer(
    sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames })),
  );
  return Attributes;
}

export const queueAnswer = <T>(answer: Promise<T>): Promise<T> =>
  answerOf(answer, "queue.failed", "SQS did not answer.");
