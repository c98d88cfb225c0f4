import { type Call, type Engine, queueAt } from "../engine.ts";
import { unknownAttribute } from "../error.ts";
import { type Input, optionalInteger, requiredText, textList } from "../input.ts";
import {
  attributesMd5,
  loadAttributes,
  selectAttributes,
  showAttributes,
} from "../message/attributes.ts";
import { receiptHandle } from "../message/receipt.ts";
import type { Look } from "../polls.ts";
import type { Candidate, Taken } from "../store/messages.ts";
import type { Queue } from "../store/queues.ts";

/** How many dead letters one look moves before it lets other work go on. */
const MAX_BURIED = 500;

export async function receiveMessage(engine: Engine, input: Input, call: Call) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const max =
    optionalInteger(input, "MaxNumberOfMessages", {
      min: 1,
      max: 10,
      allowed: "Must be between 1 and 10, if provided.",
    }) ?? 1;
  const wait = optionalInteger(input, "WaitTimeSeconds", {
    min: 0,
    max: 20,
    allowed: "Must be >= 0 and <= 20, if provided.",
  });
  const visibility = optionalInteger(input, "VisibilityTimeout", {
    min: 0,
    max: 43_200,
    allowed: "Must be between 0 and 43200, if provided.",
  });
  const show = presenter(input, queue);
  const look = () => lookInto(engine, queue, max, visibility);
  if (call.signal.aborted) return {};

  let { found, more } = look();
  while (found.length === 0 && more) {
    await new Promise((resolve) => setImmediate(resolve));
    if (call.signal.aborted) return {};
    ({ found, more } = look());
  }
  const patience = wait === undefined ? queue.settings.wait : wait * 1000;
  if (found.length === 0 && patience > 0) {
    const deadline = engine.now() + patience;
    found = await engine.polls.wait(queue, { deadline, look, signal: call.signal });
  }
  return found.length === 0 ? {} : { Messages: found.map(show) };
}

/**
 * Takes up to `max` visible messages. Those that were received as often as the redrive policy allows go to the
 * dead-letter queue instead. Should that queue be gone, they stay and are received on, since nothing may be lost.
 */
function lookInto(
  engine: Engine,
  queue: Queue,
  max: number,
  visibilitySeconds: number | undefined,
): Look<Taken> {
  const { database, messages, retention, inFlight, queues, polls } = engine;
  const now = engine.now();
  const { redrive, visibilityTimeout } = queue.settings;
  const target = redrive && queues.findByArn(redrive.targetArn);
  const isDead = ({ receives }: Candidate) =>
    target !== undefined && receives >= (redrive?.maxReceiveCount ?? Infinity);
  const visibleAt =
    now + (visibilitySeconds === undefined ? visibilityTimeout : visibilitySeconds * 1000);
  let buried = 0;

  retention.sweep(queue);
  const look = database.transaction((): Look<Taken> => {
    let candidates = messages.candidates(queue.id, now, max);
    while (candidates.some(isDead)) {
      if (buried >= MAX_BURIED) return { found: [], more: true };
      for (const { id } of candidates.filter(isDead)) {
        if (target) messages.bury(id, target.id, queue.arn, now);
        buried += 1;
      }
      candidates = messages.candidates(queue.id, now, max);
    }
    if (candidates.length === 0) return { found: [], more: false };
    inFlight.admit(queue, candidates.length);
    return { found: candidates.map(({ id }) => messages.take(id, now, visibleAt)), more: false };
  });
  if (buried > 0 && target) {
    retention.arrived(target, -Infinity);
    polls.wake(target);
  }
  if (look.found.length > 0) polls.hidden(queue, visibleAt);
  return look;
}

const SYSTEM_ATTRIBUTES: Record<string, (message: Taken) => string | undefined> = {
  SenderId: ({ sender }) => sender,
  SentTimestamp: ({ sentAt }) => String(sentAt),
  ApproximateReceiveCount: ({ totalReceives }) => String(totalReceives),
  ApproximateFirstReceiveTimestamp: ({ firstReceivedAt }) => String(firstReceivedAt),
  AWSTraceHeader: ({ traceHeader }) => traceHeader,
  DeadLetterQueueSourceArn: ({ deadSource }) => deadSource,
  MessageGroupId: ({ groupId }) => groupId,
  // What only FIFO queues give.
  SequenceNumber: () => undefined,
  MessageDeduplicationId: () => undefined,
};

/** How the consumer wants to see messages. */
function presenter(input: Input, queue: Queue): (message: Taken) => Record<string, unknown> {
  const wanted = [
    ...textList(input, "AttributeNames"),
    ...textList(input, "MessageSystemAttributeNames"),
  ];
  for (const name of wanted) {
    if (name !== "All" && !Object.hasOwn(SYSTEM_ATTRIBUTES, name)) throw unknownAttribute(name);
  }
  const system = wanted.includes("All") ? Object.keys(SYSTEM_ATTRIBUTES) : wanted;
  const names = textList(input, "MessageAttributeNames");
  return (message) => {
    const attributes = system.flatMap((name): [string, string][] => {
      const value = SYSTEM_ATTRIBUTES[name]?.(message);
      return value === undefined ? [] : [[name, value]];
    });
    const selected = selectAttributes(loadAttributes(message.attributes), names);
    return {
      MessageId: message.messageId,
      ReceiptHandle: receiptHandle(message, queue.name),
      MD5OfBody: message.bodyMd5,
      Body: message.body,
      ...(attributes.length === 0 ? {} : { Attributes: Object.fromEntries(attributes) }),
      ...(selected.size === 0
        ? {}
        : {
            MD5OfMessageAttributes: attributesMd5(selected),
            MessageAttributes: showAttributes(selected),
          }),
    };
  };
}
