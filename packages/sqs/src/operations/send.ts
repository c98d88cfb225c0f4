import { randomUUID } from "node:crypto";

import { type Call, type Engine, queueAt } from "../engine.ts";
import {
  batchRequestTooLong,
  invalidMessageContents,
  invalidParameter,
  invalidValue,
} from "../error.ts";
import { DELAY_SECONDS, MAX_BATCH_BYTES, MAX_GROUP_ID_LENGTH } from "../limits.ts";
import { type Input, inputMap, optionalInteger, optionalText, requiredText } from "../input.ts";
import {
  attributesMd5,
  attributesSize,
  type MessageAttributes,
  parseMessageAttributes,
  serializeAttributes,
} from "../message/attributes.ts";
import { bodyMd5, forbiddenCharacter } from "../message/body.ts";
import type { Queue } from "../store/queues.ts";
import { batchEntries, eachEntry } from "./batch.ts";

export function sendMessage(engine: Engine, input: Input, call: Call) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const draft = readDraft(input, queue);
  const messageId = engine.database.transaction(() => store(engine, queue, draft, call.senderId));
  wakePolls(engine, queue, draft);
  return outputOf(draft, messageId);
}

export function sendMessageBatch(engine: Engine, input: Input, call: Call) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const entries = batchEntries(input, "SendMessageBatch");
  const total = entries.reduce((bytes, entry) => bytes + entryBytes(entry.input), 0);
  if (total > MAX_BATCH_BYTES) throw batchRequestTooLong(total);
  const sent: Draft[] = [];
  const output = engine.database.transaction(() =>
    eachEntry(entries, (entry) => {
      const draft = readDraft(entry.input, queue);
      const messageId = store(engine, queue, draft, call.senderId);
      sent.push(draft);
      return outputOf(draft, messageId);
    }),
  );
  for (const draft of sent) wakePolls(engine, queue, draft);
  return output;
}

/** Sends a message without a request. */
export function sendDirectly(
  engine: Engine,
  queue: Queue,
  message: { body: string; senderId: string; delaySeconds?: number },
): string {
  const { body, senderId, delaySeconds } = message;
  const draft = readDraft({ MessageBody: body, DelaySeconds: delaySeconds }, queue);
  const messageId = engine.database.transaction(() => store(engine, queue, draft, senderId));
  wakePolls(engine, queue, draft);
  return messageId;
}

/** A valid message that is not stored yet. */
interface Draft {
  body: string;
  md5: string;
  attributes: MessageAttributes;
  systemAttributes: MessageAttributes;
  groupId?: string;
  /** In milliseconds. */
  delay: number;
}

function readDraft(input: Input, queue: Queue): Draft {
  const body = requiredText(input, "MessageBody");
  const forbidden = forbiddenCharacter(body);
  if (forbidden !== undefined) throw invalidMessageContents(forbidden);
  const attributes = parseMessageAttributes(inputMap(input, "MessageAttributes"), "user");
  const { maximumMessageSize, delay } = queue.settings;
  if (Buffer.byteLength(body) + attributesSize(attributes) > maximumMessageSize) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${maximumMessageSize} bytes.`,
    );
  }
  const systemAttributes = parseMessageAttributes(
    inputMap(input, "MessageSystemAttributes"),
    "system",
  );
  for (const [name, { dataType }] of systemAttributes) {
    if (name !== "AWSTraceHeader" || dataType !== "String") {
      throw invalidParameter(
        `Message system attribute '${name}' of type '${dataType}' is invalid. Only AWSTraceHeader of type String is allowed.`,
      );
    }
  }
  if (optionalText(input, "MessageDeduplicationId") !== undefined) {
    throw invalidValue(
      "MessageDeduplicationId",
      input["MessageDeduplicationId"],
      "The request includes a parameter that is not valid for this queue type.",
    );
  }
  const seconds = optionalInteger(input, "DelaySeconds", {
    ...DELAY_SECONDS,
    allowed: `DelaySeconds must be >= ${DELAY_SECONDS.min} and <= ${DELAY_SECONDS.max}.`,
  });
  const groupId = readGroupId(input);
  return {
    body,
    md5: bodyMd5(body),
    attributes,
    systemAttributes,
    delay: seconds === undefined ? delay : seconds * 1000,
    ...(groupId === undefined ? {} : { groupId }),
  };
}

// On AWS the group makes a standard queue fair. Here it is only returned to the consumer.
function readGroupId(input: Input): string | undefined {
  const groupId = optionalText(input, "MessageGroupId");
  if (
    groupId !== undefined &&
    (!/^[!-~]+$/.test(groupId) || groupId.length > MAX_GROUP_ID_LENGTH)
  ) {
    throw invalidValue(
      "MessageGroupId",
      groupId,
      `MessageGroupId can only include alphanumeric and punctuation characters. 1 to ${MAX_GROUP_ID_LENGTH} in length.`,
    );
  }
  return groupId;
}

/** The size of an entry that is not validated yet. */
function entryBytes(input: Input): number {
  const body = input["MessageBody"];
  let bytes = typeof body === "string" ? Buffer.byteLength(body) : 0;
  for (const [name, { DataType, StringValue, BinaryValue }] of inputMap(
    input,
    "MessageAttributes",
  )) {
    bytes += Buffer.byteLength(name);
    if (typeof DataType === "string") bytes += Buffer.byteLength(DataType);
    if (typeof StringValue === "string") bytes += Buffer.byteLength(StringValue);
    if (typeof BinaryValue === "string") bytes += Buffer.byteLength(BinaryValue, "base64");
  }
  return bytes;
}

function store(engine: Engine, queue: Queue, draft: Draft, sender: string): string {
  const messageId = randomUUID();
  const sentAt = engine.now();
  const attributes = serializeAttributes(draft.attributes);
  const traceHeader = draft.systemAttributes.get("AWSTraceHeader")?.value;
  engine.messages.insert(
    queue.id,
    { messageId, sentAt, visibleAt: sentAt + draft.delay },
    {
      body: draft.body,
      bodyMd5: draft.md5,
      sender,
      ...(attributes === undefined ? {} : { attributes }),
      ...(traceHeader === undefined ? {} : { traceHeader }),
      ...(draft.groupId === undefined ? {} : { groupId: draft.groupId }),
    },
  );
  engine.retention.added(queue, sentAt);
  return messageId;
}

function wakePolls({ polls, now }: Engine, queue: Queue, { delay }: Draft): void {
  if (delay === 0) polls.wake(queue);
  else polls.hiddenUntil(queue, now() + delay);
}

function outputOf({ md5, attributes, systemAttributes }: Draft, messageId: string) {
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5,
    ...(attributes.size === 0 ? {} : { MD5OfMessageAttributes: attributesMd5(attributes) }),
    ...(systemAttributes.size === 0
      ? {}
      : { MD5OfMessageSystemAttributes: attributesMd5(systemAttributes) }),
  };
}
