import { type Engine, queueAt } from "../engine.ts";
import { invalidParameter, invalidValue, missingParameter } from "../error.ts";
import { type Input, optionalInteger, requiredText } from "../input.ts";
import { parseReceiptHandle } from "../message/receipt.ts";
import type { Queue } from "../store/queues.ts";
import { batchEntries, eachEntry } from "./batch.ts";

/** No message may stay hidden for longer than this after a receive: 12 hours. */
const MAX_VISIBILITY = 43_200_000;

export function deleteMessage(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  return engine.database.transaction(() => remove(engine, queue, input));
}

export function deleteMessageBatch(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const entries = batchEntries(input, "DeleteMessageBatch");
  return engine.database.transaction(() =>
    eachEntry(entries, (entry) => remove(engine, queue, entry.input)),
  );
}

/**
 * With a handle of an earlier receive this succeeds and the message stays: "the request will succeed, but the message
 * might not be deleted" (DeleteMessage in the SQS API reference). Whoever holds the message now would lose it.
 */
function remove({ messages }: Engine, queue: Queue, input: Input): object {
  const handle = requiredText(input, "ReceiptHandle");
  messages.delete(queue.id, parseReceiptHandle(handle, queue.name));
  return {};
}

export function changeMessageVisibility(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  engine.retention.sweep(queue);
  const visibleAt = engine.database.transaction(() => changeVisibility(engine, queue, input));
  announce(engine, queue, visibleAt);
  return {};
}

export function changeMessageVisibilityBatch(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const entries = batchEntries(input, "ChangeMessageVisibilityBatch");
  const changed: number[] = [];
  engine.retention.sweep(queue);
  const output = engine.database.transaction(() =>
    eachEntry(entries, (entry) => {
      changed.push(changeVisibility(engine, queue, entry.input));
      return {};
    }),
  );
  for (const visibleAt of changed) announce(engine, queue, visibleAt);
  return output;
}

function changeVisibility(engine: Engine, queue: Queue, input: Input): number {
  const { messages, now } = engine;
  const handle = requiredText(input, "ReceiptHandle");
  const seconds = optionalInteger(input, "VisibilityTimeout", {
    min: 0,
    max: 43_200,
    allowed: "Must be between 0 and 43200.",
  });
  if (seconds === undefined) throw missingParameter("VisibilityTimeout");
  const receipt = parseReceiptHandle(handle, queue.name);
  const receivedAt = messages.lastReceived(queue.id, receipt);
  if (receivedAt === undefined) {
    throw invalidParameter(
      `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    );
  }
  const visibleAt = now() + seconds * 1000;
  if (visibleAt > receivedAt + MAX_VISIBILITY) {
    throw invalidValue(
      "VisibilityTimeout",
      seconds,
      "Total VisibilityTimeout for the message is beyond the limit [43200 seconds].",
    );
  }
  messages.hide(receipt.id, visibleAt);
  return visibleAt;
}

function announce({ polls, now }: Engine, queue: Queue, visibleAt: number): void {
  if (visibleAt <= now()) polls.wake(queue);
  else polls.hidden(queue, visibleAt);
}
