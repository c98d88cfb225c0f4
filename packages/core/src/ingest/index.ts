import { writeChange } from "../catalog/write.ts";
import { logger } from "../log.ts";
import { readObject } from "../object/read.ts";
import { filesBucket } from "../resource.ts";
import type { Ports } from "./apply.ts";
import { ingestBatch, type Message, type Report } from "./batch.ts";
import { describeError, lineOf } from "./line.ts";
import { publish } from "./metrics.ts";
import { count, newTally } from "./tally.ts";
import { timeToWork } from "./time.ts";

/** What Lambda tells an invocation about itself. */
export interface Invocation {
  readonly awsRequestId: string;
  readonly getRemainingTimeInMillis: () => number;
}

const ports: Ports = { readObject, writeChange, now: () => new Date() };

/**
 * Applies a batch of queue messages to the catalogue, and answers with the ids of those that failed
 * and have to come back. It never throws, and it answers before the invocation's time is up: a
 * function that is killed would bring back every message of the batch, and never say why.
 */
export async function ingest(
  messages: readonly Message[],
  invocation: Invocation,
): Promise<string[]> {
  const requestId = invocation.awsRequestId;
  const tally = newTally();
  const report = (report: Report) => {
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
    const failed = await ingestBatch(messages, filesBucket(), ports, report, deadline.signal);
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
