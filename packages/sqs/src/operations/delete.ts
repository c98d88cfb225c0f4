import { type Engine, queueAt } from "../engine.ts";
import { type Input, requiredText } from "../input.ts";
import { parseReceiptHandle } from "../message/receipt.ts";
import type { Queue } from "../store/queues.ts";
import { batchEntries, eachEntry } from "./batch.ts";

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
 * With the handle of an earlier receive this succeeds and the message stays: "the request will
 * succeed, but the message might not be deleted" (DeleteMessage in the SQS API reference). The
 * message now belongs to another consumer.
 */
function remove({ messages }: Engine, queue: Queue, input: Input): object {
  const handle = requiredText(input, "ReceiptHandle");
  messages.delete(queue.id, parseReceiptHandle(handle, queue.name));
  return {};
}
