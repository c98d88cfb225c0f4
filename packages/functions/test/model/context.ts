import { randomUUID } from "node:crypto";

import type { Context } from "aws-lambda";

/** What Lambda tells a handler whose invocation has this much time left. */
export function contextWith(remainingMs: number): Context {
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
