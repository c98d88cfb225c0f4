import { DeleteMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";

import { sqs } from "../aws/sqs.ts";
import { callQueue } from "../queue/index.ts";
import { deadEventsQueue, eventsQueue } from "../resource.ts";
import { type HeldLetter, holdDeadLetters } from "./hold.ts";

/** The most letters to search for those that are removed. */
const MAX_SEARCHED = 10_000;

/**
 * Deletes the dead letters with these message IDs. Returns the IDs of those that were deleted; the others
 * were not found. A letter cannot be restored. Throws a `ServiceError` (`queue.failed`).
 */
export function dropDeadLetters(ids: ReadonlySet<string>): Promise<string[]> {
  return remove(ids, () => Promise.resolve());
}

/**
 * Sends the dead letters with these message IDs back to the event queue, each as a new message. Returns
 * the IDs of those that were sent; the others were not found.
 *
 * Each is sent before it is deleted, so a failure between the two leaves a letter that is sent twice,
 * and an event that arrives twice is normal. Throws a `ServiceError` (`queue.failed`).
 */
export function redriveDeadLetters(ids: ReadonlySet<string>): Promise<string[]> {
  const QueueUrl = eventsQueue();
  return remove(ids, async ({ letter }) => {
    await callQueue(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: letter.body })));
  });
}

async function remove(
  ids: ReadonlySet<string>,
  before: (held: HeldLetter) => Promise<void>,
): Promise<string[]> {
  const QueueUrl = deadEventsQueue();
  const removed: HeldLetter[] = [];
  const wanted = (held: readonly HeldLetter[]) =>
    held.filter(({ letter }) => ids.has(letter.messageId));
  await holdDeadLetters(
    {
      limit: MAX_SEARCHED,
      expected: MAX_SEARCHED,
      isEnough: (held) => wanted(held).length === ids.size,
    },
    async (held) => {
      for (const one of wanted(held)) {
        await before(one);
        const { receipt: ReceiptHandle } = one;
        await callQueue(sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));
        removed.push(one);
      }
      return removed;
    },
  );
  return removed.map(({ letter }) => letter.messageId);
}
