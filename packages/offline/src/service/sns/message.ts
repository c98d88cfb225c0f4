import * as z from "zod";

import { invalid } from "./error.ts";

const Attribute = z.object({
  DataType: z.string().regex(/^(String|Number|Binary)(\.[\w.-]+)?$/),
  StringValue: z.string().optional(),
  /** In Base64. */
  BinaryValue: z.string().optional(),
});
const Attributes = z.record(z.string(), Attribute);
export type MessageAttributes = z.output<typeof Attributes>;

/** A published message. */
export interface Message {
  readonly id: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  readonly attributes: MessageAttributes;
  readonly time: Date;
  /** Returns the text for a protocol, such as `sqs`. */
  readonly textFor: (protocol: string) => string;
  /** The text that filter policies see. */
  readonly text: string;
}

const MAX_BYTES = 256 * 1024;

export const Content = z.object({
  Message: z.string(),
  Subject: z.string().optional(),
  MessageStructure: z.string().optional(),
  MessageAttributes: Attributes.default({}),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z.string().optional(),
});

/** Creates a message. Throws an `SnsError` for a content that SNS rejects. */
export function newMessage(topicArn: string, content: z.input<typeof Content>): Message {
  const parsed = Content.safeParse(content);
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
  const { Message: text, Subject, MessageStructure, MessageAttributes } = parsed.data;
  if (text === "") throw invalid("Empty message");
  if (Buffer.byteLength(text) > MAX_BYTES) throw invalid("Message too long");
  if (Subject !== undefined && !/^[\x20-\x7e]{1,100}$/.test(Subject)) throw invalid("Subject");
  if (parsed.data.MessageDeduplicationId !== undefined) {
    throw invalid(
      "MessageDeduplicationId: only FIFO topics have it, which offline does not support",
    );
  }
  const texts =
    MessageStructure === undefined ? { default: text } : textsOf(MessageStructure, text);
  return {
    id: crypto.randomUUID(),
    topicArn,
    subject: Subject,
    attributes: MessageAttributes,
    time: new Date(),
    text: texts["default"] ?? "",
    textFor: (protocol) => texts[protocol] ?? texts["default"] ?? "",
  };
}

function textsOf(structure: string, text: string): Record<string, string> {
  if (structure !== "json") throw invalid("MessageStructure: must be json");
  const problem = "Message Structure - JSON message body failed to parse, or has no default entry";
  try {
    const texts = z.looseObject({ default: z.string() }).parse(JSON.parse(text));
    const own = Object.entries(texts).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return Object.fromEntries(own);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) throw invalid(problem);
    throw error;
  }
}

/**
 * Returns a message as SNS sends it to a queue (Amazon SNS Developer Guide, "Parsing Amazon SNS message
 * formats"). Offline, messages are not signed: the signature is a constant, and its certificate does
 * not exist.
 */
export function envelopeOf(message: Message, subscriptionArn: string, endpoint: string): object {
  const { id, topicArn, subject, attributes, time } = message;
  return {
    Type: "Notification",
    MessageId: id,
    TopicArn: topicArn,
    ...(subject !== undefined && { Subject: subject }),
    Message: message.textFor("sqs"),
    Timestamp: time.toISOString(),
    SignatureVersion: "1",
    Signature: UNSIGNED,
    SigningCertURL: `${endpoint}/SimpleNotificationService-offline.pem`,
    UnsubscribeURL: unsubscribeUrl(endpoint, subscriptionArn),
    ...(Object.keys(attributes).length > 0 && { MessageAttributes: valuesOf(attributes) }),
  };
}

/** Returns the event for a function (Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications"). */
export function lambdaEventOf(message: Message, subscriptionArn: string, endpoint: string): object {
  const { id, topicArn, subject, attributes, time } = message;
  return {
    Records: [
      {
        EventSource: "aws:sns",
        EventVersion: "1.0",
        EventSubscriptionArn: subscriptionArn,
        Sns: {
          Type: "Notification",
          MessageId: id,
          TopicArn: topicArn,
          Subject: subject ?? null,
          Message: message.textFor("lambda"),
          Timestamp: time.toISOString(),
          SignatureVersion: "1",
          Signature: UNSIGNED,
          SigningCertUrl: `${endpoint}/SimpleNotificationService-offline.pem`,
          UnsubscribeUrl: unsubscribeUrl(endpoint, subscriptionArn),
          MessageAttributes: valuesOf(attributes),
        },
      },
    ],
  };
}

const UNSIGNED = Buffer.from("offline does not sign messages").toString("base64");

const unsubscribeUrl = (endpoint: string, arn: string) =>
  `${endpoint}/?Action=Unsubscribe&SubscriptionArn=${arn}`;

const valuesOf = (attributes: MessageAttributes) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      { Type: DataType, Value: StringValue ?? BinaryValue ?? "" },
    ]),
  );
