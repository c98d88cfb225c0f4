import { createHash, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import type { StreamRecord } from "../dynamodb/streams/record.ts";
import type { StreamReader } from "../dynamodb/streams/source.ts";
import { RETENTION_MS } from "../dynamodb/streams/stream-log.ts";
import type { LambdaFunction } from "./function.ts";
import { MAX_REQUEST_BYTES, POLL_RETRY_MILLISECONDS } from "./limits.ts";
import type { StreamMappingPlan } from "./mapping-plan.ts";
import { type BatchRecord, type Discarded, processBatch } from "./stream-batch.ts";

/** What a mapping of a stream needs. */
export interface StreamMappingOptions {
  readonly plan: StreamMappingPlan;
  readonly fn: LambdaFunction;
  readonly reader: StreamReader;
  /** The sequence number of the last processed record in each lane, or null before the first one. */
  readonly checkpoints: (string | null)[];
  /** Saves `checkpoints`. */
  readonly save: () => void;
  /** Seconds until a failed batch is retried. */
  readonly retrySeconds: number;
  readonly now: () => number;
  /** Reports discarded records to the destination of the mapping. */
  readonly onDiscard: (discarded: Discarded) => Promise<void>;
  readonly onError: (message: string) => void;
}

/** Counts since the start. */
export interface StreamMappingReport {
  batches: number;
  records: number;
  failures: number;
  discarded: number;
}

/** The shortest time until a retry, so that a function that fails does not run all the time. */
const MIN_RETRY_MILLISECONDS = 100;

/**
 * Invokes a function with the records of a stream, in order. A batch that fails blocks its lane until it
 * is processed or discarded. There are as many lanes as the parallelization factor, and the changes of one
 * item are in one lane.
 */
export class StreamMapping {
  readonly plan: StreamMappingPlan;
  readonly report: StreamMappingReport = { batches: 0, records: 0, failures: 0, discarded: 0 };
  readonly #options: StreamMappingOptions;
  readonly #stop = new AbortController();
  readonly #lanes: Promise<void>[];

  constructor(options: StreamMappingOptions) {
    this.plan = options.plan;
    this.#options = options;
    this.#lanes = options.checkpoints.map((_, lane) => this.#run(lane));
  }

  /** Reads no more records. Resolves when the current batches have been processed. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#lanes);
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #run(lane: number): Promise<void> {
    const news = new News(this.#options.reader, this.#stop.signal);
    while (!this.#isStopped) {
      try {
        const batch = await this.#collect(lane, news);
        if (batch.length > 0) await this.#process(lane, batch);
      } catch (error) {
        this.#recover(lane, error);
        await this.#pause(POLL_RETRY_MILLISECONDS);
      }
    }
    news.close();
  }

  #recover(lane: number, error: unknown): void {
    if (this.#isStopped) return;
    this.#options.onError(`reading ${this.plan.streamArn}: ${(error as Error).message}`);
    // The records after the checkpoint have expired. Lambda continues with the oldest record.
    if ((error as { code?: string }).code === "TrimmedDataAccessException") {
      this.#options.checkpoints[lane] = null;
    }
  }

  /** Reads a batch: until it is full, the stream has no more records, or the batching window closes. */
  async #collect(lane: number, news: News): Promise<BatchRecord[]> {
    const { reader, checkpoints } = this.#options;
    const { batchSize, windowSeconds, isSent } = this.plan;
    const batch: BatchRecord[] = [];
    let bytes = 0;
    let closes: number | undefined;
    let after = checkpoints[lane] ?? null;
    for (;;) {
      news.forget();
      const records = await reader.read(after, batchSize);
      for (const record of records) {
        const { SequenceNumber, ApproximateCreationDateTime } = record.dynamodb;
        const event = eventOf(record, this.plan.streamArn);
        if (this.#laneOf(record) === lane && isSent(event)) {
          bytes += Buffer.byteLength(JSON.stringify(event)) + 1;
          const isFull = bytes > MAX_REQUEST_BYTES - ENVELOPE_BYTES && batch.length > 0;
          if (batch.length === batchSize || isFull) return batch;
          batch.push({
            sequenceNumber: SequenceNumber,
            at: ApproximateCreationDateTime * 1000,
            event,
          });
        }
        after = SequenceNumber;
        if (batch.length === 0) checkpoints[lane] = after;
      }
      if (batch.length === 0 && records.length > 0) this.#options.save();
      closes ??= batch.length > 0 ? Date.now() + windowSeconds * 1000 : undefined;
      const isOver = closes !== undefined && Date.now() >= closes;
      if (this.#isStopped || batch.length === batchSize || isOver) return batch;
      if (records.length === 0) await news.wait(closes);
    }
  }

  async #process(lane: number, records: readonly BatchRecord[]): Promise<void> {
    const { partialResponses, bisect, maximumRetries, maximumAgeSeconds } = this.plan;
    const { fn, retrySeconds, checkpoints, save, now, onDiscard } = this.#options;
    const { report } = this;
    const age = maximumAgeSeconds === -1 ? RETENTION_MS : maximumAgeSeconds * 1000;
    const maximumAgeMs = Math.min(age, RETENTION_MS);
    const settings = { partialResponses, bisect, maximumRetries, maximumAgeMs };
    await processBatch(records, settings, {
      async invoke(batch) {
        const requestId = randomUUID();
        const payload = JSON.stringify({ Records: batch.map(({ event }) => event) });
        const outcome = await fn.invoke(payload, requestId);
        report.batches += 1;
        if (!outcome.ok) report.failures += 1;
        return { requestId, outcome };
      },
      async discard(discarded) {
        report.discarded += discarded.records.length;
        await onDiscard(discarded);
      },
      checkpoint(sequenceNumber) {
        checkpoints[lane] = sequenceNumber;
        save();
      },
      pause: () => this.#pause(Math.max(MIN_RETRY_MILLISECONDS, retrySeconds * 1000)),
      now,
      isStopped: () => this.#isStopped,
    });
    report.records += records.length;
  }

  #laneOf({ dynamodb }: StreamRecord): number {
    const { parallelization } = this.plan;
    if (parallelization === 1) return 0;
    const hash = createHash("md5").update(JSON.stringify(dynamodb.Keys)).digest();
    return hash.readUInt32BE() % parallelization;
  }

  #pause(milliseconds: number): Promise<void> {
    // `close` aborts the pause.
    return delay(milliseconds, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

/** The size of an event without its records. */
const ENVELOPE_BYTES = 64;

/** Returns a record in the event of a function. The API writes `userIdentity` in another way. */
function eventOf({ userIdentity, ...record }: StreamRecord, eventSourceARN: string) {
  return {
    ...record,
    ...(userIdentity && {
      userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId },
    }),
    eventSourceARN,
  };
}

/** Waits for new records. */
class News {
  readonly close: () => void;
  readonly #signal: AbortSignal;
  #hasNews = false;
  #wake: () => void = () => undefined;

  constructor(reader: StreamReader, signal: AbortSignal) {
    this.#signal = signal;
    const end = reader.listen(() => {
      this.#hasNews = true;
      this.#wake();
    });
    const onAbort = () => this.#wake();
    signal.addEventListener("abort", onAbort);
    this.close = () => {
      end();
      signal.removeEventListener("abort", onAbort);
    };
  }

  forget(): void {
    this.#hasNews = false;
  }

  /** Resolves at news since `forget`, when the mapping is closed, or at a time. */
  async wait(until: number | undefined): Promise<void> {
    if (this.#hasNews || this.#signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer =
        until === undefined ? undefined : setTimeout(resolve, Math.max(0, until - Date.now()));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
