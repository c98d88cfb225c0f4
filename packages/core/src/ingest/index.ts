import { writeRecord } from "../catalog/write.ts";
import { logger } from "../log.ts";
import { readObject } from "../object/read.ts";
import { filesBucket, recordsTags } from "../resource.ts";
import type { Ports } from "./apply.ts";
import { ingestBatch, type Message, type Report } from "./batch.ts";
import { describeError, lineOf } from "./line.ts";
import { publish } from "./metrics.ts";
import { newRev } from "./rev.ts";
import { count, newTally } from "./tally.ts";
import { timeToWork } from "./time.ts";

/** The part of Lambda's context that `ingest` uses. */
export interface Invocation {
  readonly awsRequestId: string;
  readonly getRemainingTimeInMillis: () => number;
}

const ports: Ports = {
  readObject: (request, signal) => readObject(request, { tags: recordsTags() }, signal),
  writeRecord,
  newRev,
};

/**
 * Applies a batch of queue messages to the catalog and returns the ids of the messages that failed and
 * must be retried. It never throws and returns before the invocation's deadline: after a timeout, Lambda
 * would retry every message of the batch, and the log would have no reason.
 */
export async function ingest(
  messages: readonly Message[],
  invocation: Invocation,
): Promise<string[]> {
  const requestId = invocation.awsRequestId;
  const tally = newTally();
  const settle = (report: Report) => {
    const line = lineOf(report, requestId);
    if (report.outcome.outcome === "failed") logger.error("event failed", line);
    else if (report.outcome.outcome === "unreadable") logger.warn("object unreadable", line);
    else logger.info("event settled", line);
    count(tally, report, Date.now());
  };

  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(),
    timeToWork(invocation.getRemainingTimeInMillis()),
  );
  try {
    const scope = { bucket: filesBucket(), tags: recordsTags() };
    const failed = await ingestBatch(messages, scope, ports, settle, deadline.signal);
    publish(tally);
    return failed;
  } catch (error) {
    const reason = "ingest.unexpected";
    logger.error("batch failed", { requestId, reason, error: describeError(error) });
    return messages.map(({ messageId }) => messageId);
  } finally {
    clearTimeout(timer);
  }
}
