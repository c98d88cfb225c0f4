import { ingest } from "@waybill/core/ingest";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";

/** Receives S3's events from the queue; the messages it names come back, and end as dead letters. */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const failed = await ingest(event.Records, context);
  return { batchItemFailures: failed.map((messageId) => ({ itemIdentifier: messageId })) };
}
