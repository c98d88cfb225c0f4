import {
  ChangeMessageVisibilityBatchCommand,
  type Message,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";

import { sqs } from "../aws/sqs.ts";
import { callQueue, depthOf } from "../queue/index.ts";
import { deadEventsQueue, filesBucket } from "../resource.ts";
import { type DeadLetter, readLetter } from "./letter.ts";

export interface DeadLetters {
  /** In the order in which they were sent. */
  readonly letters: readonly DeadLetter[];
  /** Dead letters in the queue that can be received, as SQS estimates it. */
  readonly about: number;
}

/** The number of dead letters that can be received, as SQS estimates it. Throws a `ServiceError` (`queue.failed`). */
export async function countDeadLetters(): Promise<number> {
  return (await depthOf(deadEventsQueue())).waiting;
}

/** How long other readers do not see a letter if it is not released. */
const HIDDEN_SECONDS = 60;

/** Messages of one batch request (Amazon SQS API Reference, ReceiveMessage). */
const MAX_BATCH = 10;

/** Ends before the first message becomes visible again, so that no message is received twice. */
const MAX_MS = (HIDDEN_SECONDS - 15) * 1000;

/**
 * Reads up to `limit` dead letters and returns them to the queue. Until then other readers cannot see
 * them, for a minute at most if this process dies. It stops after the first letter for which `found`
 * returns true.
 *
 * SQS guarantees neither an order nor that it returns every message, so a long queue may be read in
 * part. Throws a `ServiceError` (`queue.failed`).
 */
export async function listDeadLetters(
  limit: number,
  found: (letter: DeadLetter) => boolean = () => false,
): Promise<DeadLetters> {
  const url = deadEventsQueue();
  const bucket = filesBucket();
  const waiting = await countDeadLetters();
  const held = new Map<string, Message>();
  const letters: DeadLetter[] = [];
  const end = Date.now() + MAX_MS;
  try {
    while (letters.length < limit && Date.now() < end) {
      const messages = await receive(url, limit - letters.length, letters.length < waiting);
      const unseen = messages.filter(({ MessageId = "" }) => !held.has(MessageId));
      if (unseen.length === 0) break;
      for (const message of unseen) held.set(message.MessageId ?? "", message);
      const read = unseen.map((message) => readLetter(message, bucket));
      letters.push(...read);
      if (read.some(found)) break;
    }
  } finally {
    await release(url, [...held.values()]);
  }
  const inOrder = letters.toSorted((a, b) => (a.sentAt < b.sentAt ? -1 : 1));
  return { letters: inOrder, about: Math.max(waiting, letters.length) };
}

async function receive(QueueUrl: string, limit: number, expected: boolean): Promise<Message[]> {
  const { Messages = [] } = await callQueue(
    sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: Math.min(MAX_BATCH, limit),
        VisibilityTimeout: HIDDEN_SECONDS,
        // Short polling queries only some of SQS's servers and may return no message although there are some.
        WaitTimeSeconds: expected ? 3 : 1,
        MessageSystemAttributeNames: ["SentTimestamp", "ApproximateReceiveCount"],
      }),
    ),
  );
  return Messages;
}

async function release(QueueUrl: string, messages: readonly Message[]): Promise<void> {
  for (let start = 0; start < messages.length; start += MAX_BATCH) {
    const batch = messages.slice(start, start + MAX_BATCH);
    // A message that SQS does not release here becomes visible when its timeout ends.
    await callQueue(
      sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl,
          Entries: batch.map(({ ReceiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle,
            VisibilityTimeout: 0,
          })),
        }),
      ),
    );
  }
}
