import {
  ChangeMessageVisibilityBatchCommand,
  type Message,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";

import { sqs } from "../aws/sqs.ts";
import { depthOf, queueAnswer } from "../queue/index.ts";
import { deadEventsQueue, filesBucket } from "../resource.ts";
import { type DeadLetter, readLetter } from "./letter.ts";

export interface DeadLetters {
  /** The first sent first, as far as they were looked at. */
  readonly letters: readonly DeadLetter[];
  /** How many can be looked at in all, as SQS estimates it. */
  readonly about: number;
}

/** How many dead letters can be looked at, as SQS estimates it. Throws a `ServiceError` (`queue.failed`). */
export async function countDeadLetters(): Promise<number> {
  return (await depthOf(deadEventsQueue())).waiting;
}

/** How long nobody else sees a letter, unless it is given back. */
const HIDDEN_SECONDS = 60;
const MAX_BATCH = 10;
/** Looking ends then, so that no letter is seen twice. */
const MAX_LOOK_MS = 45_000;

/**
 * Looks at up to `limit` dead letters and puts them back where they were. Meanwhile, and for a minute at
 * most if this process dies, nobody else sees them. It ends as soon as `found` says yes to one.
 *
 * SQS promises neither an order nor all of what it holds: of many letters, these are some. Throws a
 * `ServiceError` (`queue.failed`).
 */
export async function lookAtDeadLetters(
  limit: number,
  found: (letter: DeadLetter) => boolean = () => false,
): Promise<DeadLetters> {
  const url = deadEventsQueue();
  const bucket = filesBucket();
  const waiting = await countDeadLetters();
  const held = new Map<string, Message>();
  const letters: DeadLetter[] = [];
  const end = Date.now() + MAX_LOOK_MS;
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
    await giveBack(url, [...held.values()]);
  }
  const inOrder = letters.toSorted((a, b) => (a.sentAt < b.sentAt ? -1 : 1));
  return { letters: inOrder, about: Math.max(waiting, letters.length) };
}

async function receive(QueueUrl: string, limit: number, expected: boolean): Promise<Message[]> {
  const { Messages = [] } = await queueAnswer(
    sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: Math.min(MAX_BATCH, limit),
        VisibilityTimeout: HIDDEN_SECONDS,
        // Without waiting, SQS asks but some of its servers, and may say that there are none.
        WaitTimeSeconds: expected ? 3 : 1,
        MessageSystemAttributeNames: ["SentTimestamp", "ApproximateReceiveCount"],
      }),
    ),
  );
  return Messages;
}

async function giveBack(QueueUrl: string, messages: readonly Message[]): Promise<void> {
  for (let start = 0; start < messages.length; start += MAX_BATCH) {
    const batch = messages.slice(start, start + MAX_BATCH);
    // One that is not taken back comes back by itself.
    await queueAnswer(
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
