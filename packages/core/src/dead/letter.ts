import type { Message } from "@aws-sdk/client-sqs";

import { InputError } from "../error.ts";
import { type Notification, parseNotification } from "../notification/parse.ts";

/** A message of the dead-letter queue. */
export interface DeadLetter {
  readonly messageId: string;
  /** The objects of its records, as far as they can be read. */
  readonly objects: readonly DeadObject[];
  /**
   * Why the ingest function rejects it. Undefined if the message is valid: the cause was S3, DynamoDB or
   * the function, the function's log has it, and a redrive can help.
   */
  readonly reason?: { readonly code: string; readonly message: string } | undefined;
  /** When it was first sent; ISO-8601 UTC to the millisecond. */
  readonly sentAt: string;
  /** How often it was received from the dead-letter queue, `listDeadLetters` included. */
  readonly receives: number;
  readonly body: string;
}

export interface DeadObject {
  readonly event?: string | undefined;
  readonly bucket?: string | undefined;
  /** Decoded, or as it was sent if it cannot be decoded. */
  readonly key: string;
}

/** Reads a message of the dead-letter queue with the parser of the ingest function of `bucket`. */
export function readLetter(message: Message, bucket: string): DeadLetter {
  const { MessageId = "", Body = "", Attributes } = message;
  return {
    messageId: MessageId,
    ...readBody(Body, bucket),
    sentAt: new Date(Number(Attributes?.SentTimestamp ?? 0)).toISOString(),
    receives: Number(Attributes?.ApproximateReceiveCount ?? 0),
    body: Body,
  };
}

function readBody(body: string, bucket: string): Pick<DeadLetter, "objects" | "reason"> {
  let notification: Notification;
  try {
    notification = parseNotification(body, bucket);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { objects: [], reason: reasonOf(error) };
  }
  if (notification.kind === "test") return { objects: [], reason: undefined };
  const { records } = notification;
  const rejected = records.find((record) => record.kind === "rejected");
  return {
    objects: records.flatMap(({ name, key, bucket: named }) =>
      key === undefined ? [] : [{ event: name, bucket: named, key }],
    ),
    reason: rejected && reasonOf(rejected.error),
  };
}

const reasonOf = ({ code, message }: InputError) => ({ code, message });
