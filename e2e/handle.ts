import { randomUUID } from "node:crypto";

import type { Context, SQSRecord } from "aws-lambda";
import * as z from "zod/mini";

import { handler } from "@waybill/functions/ingest";

/** The result of one invocation of the handler. */
export interface Handled {
  /** The indexes of the messages that the handler reports as failed. */
  readonly failed: number[];
  /** The outcome of each event, from the log. */
  readonly outcomes: Outcome[];
}

const OutcomeLine = z.object({ outcome: z.string(), reason: z.optional(z.string()) });
type Outcome = z.output<typeof OutcomeLine>;

/**
 * Runs the handler of the ingest function in this process, with the credentials of this process, on messages
 * with these bodies. `remainingMs` is the time until the invocation's deadline. Captures the log.
 */
export async function handle(bodies: readonly string[], remainingMs = 60_000): Promise<Handled> {
  const records = bodies.map((body) => messageOf(body));
  const failed: number[] = [];
  const lines = await printedBy(async () => {
    const { batchItemFailures } = await handler({ Records: records }, contextWith(remainingMs));
    for (const { itemIdentifier } of batchItemFailures) {
      failed.push(records.findIndex(({ messageId }) => messageId === itemIdentifier));
    }
  });
  return {
    failed,
    outcomes: lines.flatMap((line) => OutcomeLine.safeParse(JSON.parse(line)).data ?? []),
  };
}

async function printedBy(work: () => Promise<void>): Promise<string[]> {
  const streams = [process.stdout, process.stderr].map((stream) => ({
    stream,
    write: stream.write.bind(stream),
  }));
  let output = "";
  for (const { stream } of streams) {
    stream.write = (chunk: string | Uint8Array) => {
      output += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
      return true;
    };
  }
  try {
    await work();
  } finally {
    for (const { stream, write } of streams) stream.write = write;
  }
  return output.split("\n").filter((line) => line !== "");
}

function messageOf(body: string): SQSRecord {
  return {
    messageId: randomUUID(),
    receiptHandle: "",
    body,
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: String(Date.now()),
      SenderId: "",
      ApproximateFirstReceiveTimestamp: String(Date.now()),
    },
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: "",
    awsRegion: "us-east-1",
  };
}

function contextWith(remainingMs: number): Context {
  const deadline = Date.now() + remainingMs;
  return {
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => deadline - Date.now(),
    callbackWaitsForEmptyEventLoop: true,
    functionName: "ingest",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:ingest",
    memoryLimitInMB: "512",
    logGroupName: "/aws/lambda/ingest",
    logStreamName: "test",
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
