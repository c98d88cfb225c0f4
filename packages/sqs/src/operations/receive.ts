import { type Call, type Engine, queueAt } from "../engine.ts";
import { unknownAttribute } from "../error.ts";
import { type Input, optionalInteger, requiredText, textList } from "../input.ts";
import { MESSAGES_PER_RECEIVE, VISIBILITY_SECONDS, WAIT_SECONDS } from "../limits.ts";
import {
  attributesMd5,
  parseStoredAttributes,
  selectAttributes,
  attributesOutput,
} from "../message/attributes.ts";
import { receiptHandle } from "../message/receipt.ts";
import type { Attempt } from "../polls.ts";
import type { Candidate, ReceivedMessage } from "../store/messages.ts";
import type { Queue } from "../store/queues.ts";

/** The dead letters that one attempt moves before it yields to other work. */
const MAX_MOVES_PER_ATTEMPT = 500;

export async function receiveMessage(engine: Engine, input: Input, call: Call) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const max = optionalInteger(input, "MaxNumberOfMessages", MESSAGES_PER_RECEIVE) ?? 1;
  const wait = optionalInteger(input, "WaitTimeSeconds", {
    ...WAIT_SECONDS,
    allowed: `Must be >= ${WAIT_SECONDS.min} and <= ${WAIT_SECONDS.max}, if provided.`,
  });
  const visibility = optionalInteger(input, "VisibilityTimeout", VISIBILITY_SECONDS);
  const output = formatter(input, queue);
  const attempt = () => attemptReceive(engine, queue, max, visibility);
  if (call.signal.aborted) return {};

  let { found, more } = attempt();
  while (found.length === 0 && more) {
    await new Promise((resolve) => setImmediate(resolve));
    if (call.signal.aborted) return {};
    ({ found, more } = attempt());
  }
  const waitMilliseconds = wait === undefined ? queue.settings.wait : wait * 1000;
  if (found.length === 0 && waitMilliseconds > 0) {
    const deadline = engine.now() + waitMilliseconds;
    found = await engine.polls.wait(queue, { deadline, attempt, signal: call.signal });
  }
  return found.length === 0 ? {} : { Messages: found.map(output) };
}

/**
 * Receives up to `max` visible messages. Those that were received `maxReceiveCount` times are moved
 * to the dead-letter queue instead. If that queue does not exist, they stay and can still be
 * received: no message is lost.
 */
function attemptReceive(
  engine: Engine,
  queue: Queue,
  max: number,
  visibilitySeconds: number | undefined,
): Attempt<ReceivedMessage> {
  const { database, messages, retention, inFlight, queues, polls } = engine;
  const now = engine.now();
  const { redrive, visibilityTimeout } = queue.settings;
  const target = redrive && queues.findByArn(redrive.targetArn);
  const isDeadLetter = ({ receives }: Candidate) =>
    target !== undefined && receives >= (redrive?.maxReceiveCount ?? Infinity);
  const visibleAt =
    now + (visibilitySeconds === undefined ? visibilityTimeout : visibilitySeconds * 1000);
  let moved = 0;

  retention.sweep(queue);
  const result = database.transaction((): Attempt<ReceivedMessage> => {
    let candidates = messages.candidates(queue.id, now, max);
    while (candidates.some(isDeadLetter)) {
      if (moved >= MAX_MOVES_PER_ATTEMPT) return { found: [], more: true };
      for (const { id } of candidates.filter(isDeadLetter)) {
        if (target) messages.moveToDeadLetterQueue(id, target.id, queue.arn, now);
        moved += 1;
      }
      candidates = messages.candidates(queue.id, now, max);
    }
    if (candidates.length === 0) return { found: [], more: false };
    inFlight.admit(queue, candidates.length);
    return { found: candidates.map(({ id }) => messages.receive(id, now, visibleAt)), more: false };
  });
  if (moved > 0 && target) {
    retention.added(target, -Infinity);
    polls.wake(target);
  }
  if (result.found.length > 0) polls.hiddenUntil(queue, visibleAt);
  return result;
}

const SYSTEM_ATTRIBUTES: Record<string, (message: ReceivedMessage) => string | undefined> = {
  SenderId: ({ sender }) => sender,
  SentTimestamp: ({ sentAt }) => String(sentAt),
  ApproximateReceiveCount: ({ totalReceives }) => String(totalReceives),
  ApproximateFirstReceiveTimestamp: ({ firstReceivedAt }) => String(firstReceivedAt),
  AWSTraceHeader: ({ traceHeader }) => traceHeader,
  DeadLetterQueueSourceArn: ({ deadSource }) => deadSource,
  MessageGroupId: ({ groupId }) => groupId,
  // Only FIFO queues have them.
  SequenceNumber: () => undefined,
  MessageDeduplicationId: () => undefined,
};

/** Returns the function that writes a message with the attributes that the consumer requested. */
function formatter(
  input: Input,
  queue: Queue,
): (message: ReceivedMessage) => Record<string, unknown> {
  const requested = [
    ...textList(input, "AttributeNames"),
    ...textList(input, "MessageSystemAttributeNames"),
  ];
  for (const name of requested) {
    if (name !== "All" && !Object.hasOwn(SYSTEM_ATTRIBUTES, name)) throw unknownAttribute(name);
  }
  const system = requested.includes("All") ? Object.keys(SYSTEM_ATTRIBUTES) : requested;
  const names = textList(input, "MessageAttributeNames");
  return (message) => {
    const attributes = system.flatMap((name): [string, string][] => {
      const value = SYSTEM_ATTRIBUTES[name]?.(message);
      return value === undefined ? [] : [[name, value]];
    });
    const selected = selectAttributes(parseStoredAttributes(message.attributes), names);
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
            MessageAttributes: attributesOutput(selected),
          }),
    };
  };
}
