import {
  ChangeMessageVisibilityBatchCommand,
  type Message,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";

import { sqs } from "../aws/sqs.ts";
import { callQueue } from "../queue/index.ts";
import { deadEventsQueue, filesBucket } from "../resource.ts";
import { type DeadLetter, readLetter } from "./letter.ts";

/** A dead letter that this process has received, so that other readers do not see it. */
export interface HeldLetter {
  readonly letter: DeadLetter;
  /** The handle with which SQS deletes it. */
  readonly receipt: string | undefined;
}

export interface HoldOptions {
  /** The most letters to receive. */
  readonly limit: number;
  /** The number of letters that are expected: until they are received, SQS is asked for longer. */
  readonly expected: number;
  /** Called with all letters so far; no more are received once it returns true. */
  readonly isEnough?: (held: readonly HeldLetter[]) => boolean;
}

/** How long other readers do not see a letter if it is not released. */
const HIDDEN_SECONDS = 60;

/** Messages of one batch request (Amazon SQS API Reference, ReceiveMessage). */
const MAX_BATCH = 10;

/** Receiving ends before the first message becomes visible again, so that no message is received twice. */
const MAX_MS = (HIDDEN_SECONDS - 15) * 1000;

/**
 * Receives dead letters, calls `use` with them, and returns them to the queue, except those that `use`
 * returns as removed. Other readers cannot see them until then, for a minute at most if this process dies.
 *
 * SQS guarantees neither an order nor that it returns every message, so a long queue may be read in
 * part. Throws a `ServiceError` (`queue.failed`).
 */
export async function holdDeadLetters(
  { limit, expected, isEnough = () => false }: HoldOptions,
  use: (held: readonly HeldLetter[]) => Promise<readonly HeldLetter[]>,
): Promise<void> {
  const url = deadEventsQueue();
  const bucket = filesBucket();
  const held = new Map<string, HeldLetter>();
  const end = Date.now() + MAX_MS;
  let removed: readonly HeldLetter[] = [];
  try {
    while (held.size < limit && Date.now() < end && !isEnough([...held.values()])) {
      const messages = await receive(url, limit - held.size, held.size < expected);
      const unseen = messages.filter(({ MessageId = "" }) => !held.has(MessageId));
      if (unseen.length === 0) break;
      for (const message of unseen) {
        const letter = readLetter(message, bucket);
        held.set(letter.messageId, { letter, receipt: message.ReceiptHandle });
      }
    }
    removed = await use([...held.values()]);
  } finally {
    await release(
      url,
      [...held.values()].filter((one) => !removed.includes(one)),
    );
  }
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

async function release(QueueUrl: string, letters: readonly HeldLetter[]): Promise<void> {
  for (let start = 0; start < letters.length; start += MAX_BATCH) {
    const batch = letters.slice(start, start + MAX_BATCH);
    // A message that SQS does not release here becomes visible when its timeout ends.
    await callQueue(
      sqs.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl,
          Entries: batch.map(({ receipt }, index) => ({
            Id: String(index),
            ReceiptHandle: receipt,
            VisibilityTimeout: 0,
          })),
        }),
      ),
    );
  }
}
