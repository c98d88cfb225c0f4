import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";

import { SHARD_ID } from "../dynamodb/streams/operations.ts";
import type { Discarded } from "./stream-batch.ts";

/** Sends messages about discarded records. */
export interface FailureDestination {
  readonly streamArn: string;
  readonly functionArn: string;
  /** The ARN of a queue. */
  readonly queueArn: string;
  readonly endpoint: string;
  /** Signs with the credentials of the role of the function. */
  readonly sqs: SQSClient;
}

/** Sends a message to the destination, with the permissions of the role. Rejects if it cannot. */
export async function sendFailure(
  { streamArn, functionArn, queueArn, endpoint, sqs }: FailureDestination,
  discarded: Discarded,
  now: Date,
): Promise<void> {
  const [accountId, name] = queueArn.split(":").slice(-2);
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: `${endpoint}/${accountId}/${name}`,
      MessageBody: JSON.stringify(failureOf(discarded, streamArn, functionArn, now)),
    }),
  );
}

/**
 * The message about discarded records: "Retain discarded records for a DynamoDB event source" in the
 * Lambda Developer Guide, and messages that were recorded on AWS (localstack/localstack,
 * test_lambda_integration_dynamodbstreams.snapshot.json).
 */
function failureOf(
  { records, condition, invokeCount, invocation }: Discarded,
  streamArn: string,
  functionArn: string,
  now: Date,
) {
  const [first] = records;
  const [last] = records.slice(-1);
  return {
    requestContext: {
      requestId: invocation?.requestId ?? crypto.randomUUID(),
      functionArn,
      condition,
      approximateInvokeCount: invokeCount,
    },
    ...(invocation && {
      responseContext: {
        statusCode: 200,
        executedVersion: "$LATEST",
        functionError: invocation.outcome.ok ? null : "Unhandled",
      },
    }),
    version: "1.0",
    timestamp: now.toISOString(),
    DDBStreamBatchInfo: {
      shardId: SHARD_ID,
      startSequenceNumber: first?.sequenceNumber,
      endSequenceNumber: last?.sequenceNumber,
      approximateArrivalOfFirstRecord: arrivalOf(first?.at),
      approximateArrivalOfLastRecord: arrivalOf(last?.at),
      batchSize: records.length,
      streamArn,
    },
  };
}

/** A time without its fraction, which AWS does not know. */
const arrivalOf = (at = 0): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
