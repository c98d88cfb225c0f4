import { setTimeout as delay } from "node:timers/promises";

import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";

import type { EventFilter } from "./filter.ts";
import { failedOf } from "./batch-response.ts";
import type { LambdaFunction } from "./function.ts";
import { MAX_SQS_ENTRIES, MAX_WAIT_SECONDS, POLL_RETRY_MILLISECONDS } from "./limits.ts";

/** An event source mapping from a queue to a function. */
export interface MappingSettings {
  queueUrl: string;
  queueArn: string;
  region: string;
  /** 1 to 10,000. */
  batchSize: number;
  windowSeconds: number;
  /** Maximum number of batches that the function processes at the same time. */
  concurrency: number;
  /** Whether `ReportBatchItemFailures` is set. */
  partialResponses: boolean;
  /**
   * Seconds until a failed message is visible again. On AWS, it is the queue's visibility timeout.
   */
  retrySeconds: number;
  /** Whether a message is sent to the function. One that is not is deleted. */
  isSent: EventFilter;
}

/** Counts since the start. */
export interface MappingReport {
  batches: number;
  messages: number;
  failures: number;
}

/** Polls a queue with the role of the function, as Lambda does, and deletes processed messages. */
export class Mapping {
  readonly settings: MappingSettings;
  readonly report: MappingReport = { batches: 0, messages: 0, failures: 0 };
  readonly #sqs: SQSClient;
  readonly #fn: LambdaFunction;
  readonly #onError: (message: string) => void;
  readonly #stop = new AbortController();
  readonly #pollers: Promise<void>[];

  /** `sqs` signs with the credentials of the function's role. */
  constructor(
    settings: MappingSettings,
    fn: LambdaFunction,
    sqs: SQSClient,
    onError: (message: string) => void,
  ) {
    this.settings = settings;
    this.#fn = fn;
    this.#sqs = sqs;
    this.#onError = onError;
    this.#pollers = Array.from({ length: settings.concurrency }, () => this.#poll());
  }

  /** Receives no more messages. Resolves when the current batches have been processed. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#pollers);
  }

  async #poll(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        const batch = await this.#receiveBatch();
        if (batch.length > 0) await this.#process(batch);
      } catch (error) {
        this.#report(error);
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    const { signal } = this.#stop;
    // `close` aborts the pause.
    return delay(POLL_RETRY_MILLISECONDS, undefined, { signal }).catch(() => undefined);
  }

  #report(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#onError(`polling ${this.settings.queueArn}: ${reason}`);
  }

  /** Receives a batch: until it is full, or the batching window closes. */
  async #receiveBatch(): Promise<Message[]> {
    const { batchSize, windowSeconds } = this.settings;
    const batch = await this.#receive(batchSize, MAX_WAIT_SECONDS);
    if (batch.length === 0 || windowSeconds === 0) return batch;
    const closes = Date.now() + windowSeconds * 1000;
    while (batch.length < batchSize && Date.now() < closes) {
      const wait = Math.min(MAX_WAIT_SECONDS, Math.ceil((closes - Date.now()) / 1000));
      const more = await this.#receive(batchSize - batch.length, wait).catch((error: unknown) => {
        // The messages that have been received are processed all the same.
        this.#report(error);
        return undefined;
      });
      if (!more) break;
      batch.push(...more);
    }
    return batch;
  }

  async #receive(max: number, waitSeconds: number): Promise<Message[]> {
    const { Messages } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.settings.queueUrl,
        MaxNumberOfMessages: Math.min(MAX_SQS_ENTRIES, max),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
      { abortSignal: this.#stop.signal },
    );
    return this.#filter(Messages ?? []);
  }

  /**
   * Returns the messages that match the filter, and deletes the others from the queue, as Lambda does
   * (Lambda Developer Guide, "Handling records that don't meet filter criteria").
   */
  async #filter(messages: Message[]): Promise<Message[]> {
    const { isSent } = this.settings;
    const sent = messages.filter((message) => isSent(this.#record(message)));
    if (sent.length < messages.length) {
      const others = messages.filter((message) => !sent.includes(message));
      // They are received and filtered again if they cannot be deleted.
      await this.#delete(others).catch((error: unknown) => this.#report(error));
    }
    return sent;
  }

  async #process(batch: Message[]): Promise<void> {
    const outcome = await this.#fn.invoke(
      JSON.stringify({ Records: batch.map((message) => this.#record(message)) }),
    );
    const failed = failedOf(batch, outcome, this.settings.partialResponses);
    this.report.batches += 1;
    this.report.messages += batch.length;
    this.report.failures += failed.size;
    const settled = await Promise.allSettled([
      this.#delete(batch.filter((message) => !failed.has(message))),
      this.#retry([...failed]),
    ]);
    for (const result of settled) if (result.status === "rejected") this.#report(result.reason);
  }

  async #delete(messages: Message[]): Promise<void> {
    const QueueUrl = this.settings.queueUrl;
    for (const Entries of entriesOf(messages)) {
      await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  }

  /** Makes messages visible again after `retrySeconds`. */
  async #retry(messages: Message[]): Promise<void> {
    const { queueUrl: QueueUrl, retrySeconds: VisibilityTimeout } = this.settings;
    for (const entries of entriesOf(messages)) {
      const Entries = entries.map((entry) => ({ ...entry, VisibilityTimeout }));
      await this.#sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    }
  }

  #record(message: Message) {
    return {
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: Object.fromEntries(
        Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
          name,
          {
            stringValue: value.StringValue,
            binaryValue: value.BinaryValue && Buffer.from(value.BinaryValue).toString("base64"),
            stringListValues: [],
            binaryListValues: [],
            dataType: value.DataType,
          },
        ]),
      ),
      md5OfBody: message.MD5OfBody,
      eventSource: "aws:sqs",
      eventSourceARN: this.settings.queueArn,
      awsRegion: this.settings.region,
    };
  }
}

/** Yields the entries of batch requests about messages. */
function* entriesOf(
  messages: Message[],
): Generator<{ Id: string; ReceiptHandle: string | undefined }[]> {
  const entries = messages.map(({ ReceiptHandle }, index) => ({
    Id: String(index),
    ReceiptHandle,
  }));
  for (let at = 0; at < entries.length; at += MAX_SQS_ENTRIES) {
    yield entries.slice(at, at + MAX_SQS_ENTRIES);
  }
}
