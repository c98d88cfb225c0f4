import { ingest } from "@waybill/core/ingest";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";

/** Handles a batch of S3 events from the queue. SQS delivers the returned messages again, until they become dead letters. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const failed = await ingest(event.Records, context);
  return { batchItemFailures: failed.map((messageId) => ({ itemIdentifier: messageId })) };
}
