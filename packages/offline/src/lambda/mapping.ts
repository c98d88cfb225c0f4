import { setTimeout as delay } from "node:timers/promises";

import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";

import type { LambdaFunction } from "./function.ts";
import type { Outcome } from "./runtime-api.ts";

/** An event source mapping from a queue to a function. */
export interface MappingSettings {
  queueUrl: string;
  queueArn: string;
  region: string;
  /** 1 to 10,000. */
  batchSize: number;
  windowSeconds: number;
  /** How many batches are with the function at the same time. */
  concurrency: number;
  /** `ReportBatchItemFailures` is on. */
  partialResponses: boolean;
  /** After how many seconds a failed message comes back; on AWS, after the queue's visibility timeout. */
  retrySeconds: number;
}

export interface MappingReport {
  batches: number;
  messages: number;
  failures: number;
}

/** Polls a queue with the function's own authority, as Lambda does, and deletes what the function has done. */
export class Mapping {
  readonly settings: MappingSettings;
  readonly report: MappingReport = { batches: 0, messages: 0, failures: 0 };
  readonly #sqs: SQSClient;
  readonly #fn: LambdaFunction;
  readonly #onError: (message: string) => void;
  readonly #stop = new AbortController();
  readonly #pollers: Promise<void>[];

  /** @param sqs signs with the credentials of the function's role. */
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

  /** Takes no more messages; resolves when the batches under way have been dealt with. */
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
        if (this.#stop.signal.aborted) return;
        this.#onError(`polling ${this.settings.queueArn}: ${(error as Error).message}`);
        await delay(1000, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  /** One batch: full, or what has come when the window closes. */
  async #receiveBatch(): Promise<Message[]> {
    const { batchSize, windowSeconds } = this.settings;
    const batch = await this.#receive(batchSize, 20);
    if (batch.length === 0 || windowSeconds === 0) return batch;
    const closes = Date.now() + windowSeconds * 1000;
    while (batch.length < batchSize && Date.now() < closes && !this.#stop.signal.aborted) {
      const wait = Math.ceil((closes - Date.now()) / 1000);
      batch.push(...(await this.#receive(batchSize - batch.length, wait)));
    }
    return batch;
  }

  async #receive(max: number, waitSeconds: number): Promise<Message[]> {
    const { Messages } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.settings.queueUrl,
        MaxNumberOfMessages: Math.min(10, max),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
      { abortSignal: this.#stop.signal },
    );
    return Messages ?? [];
  }

  async #process(batch: Message[]): Promise<void> {
    const outcome = await this.#fn.invoke(
      JSON.stringify({ Records: batch.map((message) => this.#record(message)) }),
    );
    const failed = failedOf(batch, outcome, this.settings.partialResponses);
    this.report.batches += 1;
    this.report.messages += batch.length;
    this.report.failures += failed.size;
    if (!outcome.ok) this.#onError(`${this.#fn.settings.name}: ${outcome.error}`);

    const entries = batch.map((message, index) => ({
      Id: String(index),
      ReceiptHandle: message.ReceiptHandle,
      message,
    }));
    const QueueUrl = this.settings.queueUrl;
    for (const Entries of tens(entries.filter(({ message }) => !failed.has(message)))) {
      await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: bare(Entries) }));
    }
    for (const Entries of tens(entries.filter(({ message }) => failed.has(message)))) {
      await this.#sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl,
          Entries: bare(Entries).map((entry) => ({
            ...entry,
            VisibilityTimeout: this.settings.retrySeconds,
          })),
        }),
      );
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

function* tens<T>(entries: T[]): Generator<T[]> {
  for (let at = 0; at < entries.length; at += 10) yield entries.slice(at, at + 10);
}

const bare = (entries: { Id: string; ReceiptHandle: string | undefined }[]) =>
  entries.map(({ Id, ReceiptHandle }) => ({ Id, ReceiptHandle }));

/**
 * Which messages of a batch come back, by Lambda's rules ("Reporting batch item failures" in its guide): all of
 * them when the function failed, or when its answer is no JSON, names a message that is not of the batch, or
 * names none where it should; none when the answer or its list is empty.
 */
export function failedOf(
  batch: Message[],
  outcome: Outcome,
  partialResponses: boolean,
): ReadonlySet<Message> {
  const all = new Set(batch);
  if (!outcome.ok) return all;
  if (!partialResponses) return new Set();
  let response: unknown;
  try {
    response = outcome.payload.trim() === "" ? null : JSON.parse(outcome.payload);
  } catch {
    return all; // not JSON: the rule above
  }
  if (response === null) return new Set();
  if (typeof response !== "object") return all;
  const failures = (response as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return all;
  const failed = new Set<Message>();
  for (const failure of failures as ({ itemIdentifier?: unknown } | null)[]) {
    const message = batch.find(({ MessageId }) => MessageId === failure?.itemIdentifier);
    if (!message || failure?.itemIdentifier === "") return all;
    failed.add(message);
  }
  return failed;
}
