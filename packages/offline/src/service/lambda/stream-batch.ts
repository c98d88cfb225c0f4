import { firstFailed } from "./batch-response.ts";
import type { Outcome } from "./runtime-api.ts";

/** A record of a stream, for a function. */
export interface BatchRecord {
  readonly sequenceNumber: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The record in the event of the function. */
  readonly event: object;
}

export interface RetrySettings {
  readonly partialResponses: boolean;
  readonly bisect: boolean;
  /** -1 is without end. */
  readonly maximumRetries: number;
  /** Older records are discarded. */
  readonly maximumAgeMs: number;
}

/** Records that the function will not receive any more. */
export interface Discarded {
  readonly records: readonly BatchRecord[];
  readonly condition: "RetryAttemptsExhausted" | "RecordAgeExceeded";
  readonly invokeCount: number;
  /** The last invocation, if there was one. */
  readonly invocation: Invoked | undefined;
}

interface Invoked {
  readonly requestId: string;
  readonly outcome: Outcome;
}

/** What processing a batch does. */
export interface BatchPort {
  invoke(records: readonly BatchRecord[]): Promise<Invoked>;
  /** Reports discarded records. Never rejects. */
  discard(discarded: Discarded): Promise<void>;
  /** Records that everything up to a record has been processed. */
  checkpoint(sequenceNumber: string): void;
  /** Waits before a retry. */
  pause(): Promise<void>;
  now(): number;
  /** Whether the mapping is being closed. An invocation can fail because of that. */
  isStopped(): boolean;
}

/**
 * Invokes a function with a batch of a stream until all records are processed or discarded (Lambda
 * Developer Guide, "Process DynamoDB records with Lambda"). Returns false if the mapping is closed before.
 * `retried` are the retries of the batch that this one is a part of.
 */
export async function processBatch(
  records: readonly BatchRecord[],
  settings: RetrySettings,
  port: BatchPort,
  retried = 0,
): Promise<boolean> {
  const { bisect, maximumRetries, partialResponses } = settings;
  let batch = records;
  let retries = retried;
  let invokeCount = retried;
  let invocation: Invoked | undefined;
  const discard = async (discarded: readonly BatchRecord[], condition: Discarded["condition"]) => {
    const [last] = discarded.slice(-1);
    if (last === undefined) return;
    await port.discard({ records: discarded, condition, invokeCount, invocation });
    port.checkpoint(last.sequenceNumber);
  };
  for (;;) {
    if (port.isStopped()) return false;
    const expired = expiredIn(batch, port.now() - settings.maximumAgeMs);
    await discard(expired, "RecordAgeExceeded");
    batch = batch.slice(expired.length);
    const [last] = batch.slice(-1);
    if (last === undefined) return true;

    invocation = await port.invoke(batch);
    invokeCount += 1;
    const { outcome } = invocation;
    const ids = batch.map(({ sequenceNumber }) => sequenceNumber);
    const failed = firstFailed(ids, outcome, partialResponses);
    if (failed === undefined) {
      port.checkpoint(last.sequenceNumber);
      return true;
    }
    if (!outcome.ok && port.isStopped()) return false;
    const [processed] = batch.slice(0, failed).slice(-1);
    if (processed) port.checkpoint(processed.sequenceNumber);
    batch = batch.slice(failed);
    // "Splitting batches doesn't consume the retry quota." A partial success is split where it failed.
    if (bisect && !processed && batch.length > 1) {
      const half = Math.ceil(batch.length / 2);
      await port.pause();
      if (!(await processBatch(batch.slice(0, half), settings, port, retries))) return false;
      batch = batch.slice(half);
      continue;
    }
    if (!(bisect && processed)) retries += 1;
    if (maximumRetries >= 0 && retries > maximumRetries) {
      await discard(batch, "RetryAttemptsExhausted");
      return true;
    }
    await port.pause();
  }
}

function expiredIn(batch: readonly BatchRecord[], before: number): readonly BatchRecord[] {
  const kept = batch.findIndex(({ at }) => at >= before);
  return kept === -1 ? batch : batch.slice(0, kept);
}
