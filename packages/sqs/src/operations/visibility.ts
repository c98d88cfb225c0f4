import { type Engine, queueAt } from "../engine.ts";
import { invalidValue, missingParameter } from "../error.ts";
import { type Input, optionalInteger, requiredText } from "../input.ts";
import { VISIBILITY_SECONDS } from "../limits.ts";
import { parseReceiptHandle } from "../message/receipt.ts";
import type { Queue } from "../store/queues.ts";
import { batchEntries, eachEntry } from "./batch.ts";

export function changeMessageVisibility(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  engine.retention.sweep(queue);
  const visibleAt = engine.database.transaction(() => changeVisibility(engine, queue, input));
  wakePolls(engine, queue, visibleAt);
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
  for (const visibleAt of changed) wakePolls(engine, queue, visibleAt);
  return output;
}

function changeVisibility(engine: Engine, queue: Queue, input: Input): number {
  const { messages, now } = engine;
  const handle = requiredText(input, "ReceiptHandle");
  const seconds = optionalInteger(input, "VisibilityTimeout", {
    ...VISIBILITY_SECONDS,
    allowed: `Must be between ${VISIBILITY_SECONDS.min} and ${VISIBILITY_SECONDS.max}.`,
  });
  if (seconds === undefined) throw missingParameter("VisibilityTimeout");
  const receipt = parseReceiptHandle(handle, queue.name);
  const receivedAt = messages.lastReceived(queue.id, receipt);
  if (receivedAt === undefined) {
    throw invalidValue(
      "ReceiptHandle",
      handle,
      "Message does not exist or is not available for visibility timeout change.",
    );
  }
  const visibleAt = now() + seconds * 1000;
  // The limit counts from the receive.
  if (visibleAt > receivedAt + VISIBILITY_SECONDS.max * 1000) {
    throw invalidValue(
      "VisibilityTimeout",
      seconds,
      `Total VisibilityTimeout for the message is beyond the limit [${VISIBILITY_SECONDS.max} seconds].`,
    );
  }
  messages.setVisibility(receipt.id, visibleAt);
  return visibleAt;
}

function wakePolls({ polls, now }: Engine, queue: Queue, visibleAt: number): void {
  if (visibleAt <= now()) polls.wake(queue);
  else polls.hiddenUntil(queue, visibleAt);
}
