import { randomUUID } from "node:crypto";

import { type Call, type Engine, queueAt } from "../engine.ts";
import {
  batchRequestTooLong,
  invalidMessageContents,
  invalidParameter,
  invalidValue,
} from "../error.ts";
import { type Input, inputMap, optionalInteger, optionalText, requiredText } from "../input.ts";
import {
  attributesMd5,
  attributesSize,
  type MessageAttributes,
  parseMessageAttributes,
  storeAttributes,
} from "../message/attributes.ts";
import { bodyMd5, forbiddenCharacter } from "../message/body.ts";
import { MAX_BYTES } from "../queue/attributes.ts";
import type { Queue } from "../store/queues.ts";
import { batchEntries, eachEntry } from "./batch.ts";

export function sendMessage(engine: Engine, input: Input, call: Call) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const draft = readDraft(input, queue);
  const messageId = engine.database.transaction(() => put(engine, queue, draft, call.senderId));
  announce(engine, queue, draft);
  return receiptOf(draft, messageId);
}

export function sendMessageBatch(engine: Engine, input: Input, call: Call) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const entries = batchEntries(input, "SendMessageBatch");
  const total = entries.reduce((size, entry) => size + roughSize(entry.input), 0);
  if (total > MAX_BYTES) throw batchRequestTooLong(MAX_BYTES, total);
  const sent: Draft[] = [];
  const output = engine.database.transaction(() =>
    eachEntry(entries, (entry) => {
      const draft = readDraft(entry.input, queue);
      const messageId = put(engine, queue, draft, call.senderId);
      sent.push(draft);
      return receiptOf(draft, messageId);
    }),
  );
  for (const draft of sent) announce(engine, queue, draft);
  return output;
}

/** Sends on behalf of another service of the stack. */
export function sendInside(
  engine: Engine,
  queue: Queue,
  message: { body: string; senderId: string; delaySeconds?: number },
): string {
  const { body, senderId, delaySeconds } = message;
  const draft = readDraft({ MessageBody: body, DelaySeconds: delaySeconds }, queue);
  const messageId = engine.database.transaction(() => put(engine, queue, draft, senderId));
  announce(engine, queue, draft);
  return messageId;
}

/** A message that may be sent. */
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
        `Message system attribute '${name}' of type '${dataType}' is invalid: the only one is AWSTraceHeader, of type String.`,
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
    min: 0,
    max: 900,
    allowed: "DelaySeconds must be >= 0 and <= 900.",
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

// On a standard queue it makes the queue fair; here it is only carried.
function readGroupId(input: Input): string | undefined {
  const groupId = optionalText(input, "MessageGroupId");
  if (groupId !== undefined && !/^[!-~]{1,128}$/.test(groupId)) {
    throw invalidValue(
      "MessageGroupId",
      groupId,
      "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
    );
  }
  return groupId;
}

function roughSize(input: Input): number {
  const body = input["MessageBody"];
  let size = typeof body === "string" ? Buffer.byteLength(body) : 0;
  for (const [name, { DataType, StringValue, BinaryValue }] of inputMap(
    input,
    "MessageAttributes",
  )) {
    size += Buffer.byteLength(name);
    if (typeof DataType === "string") size += Buffer.byteLength(DataType);
    if (typeof StringValue === "string") size += Buffer.byteLength(StringValue);
    if (typeof BinaryValue === "string") size += Buffer.byteLength(BinaryValue, "base64");
  }
  return size;
}

function put(engine: Engine, queue: Queue, draft: Draft, sender: string): string {
  const messageId = randomUUID();
  const sentAt = engine.now();
  const attributes = storeAttributes(draft.attributes);
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
  engine.retention.arrived(queue, sentAt);
  return messageId;
}

function announce({ polls, now }: Engine, queue: Queue, { delay }: Draft): void {
  if (delay === 0) polls.wake(queue);
  else polls.hidden(queue, now() + delay);
}

function receiptOf({ md5, attributes, systemAttributes }: Draft, messageId: string) {
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5,
    ...(attributes.size === 0 ? {} : { MD5OfMessageAttributes: attributesMd5(attributes) }),
    ...(systemAttributes.size === 0
      ? {}
      : { MD5OfMessageSystemAttributes: attributesMd5(systemAttributes) }),
  };
}
