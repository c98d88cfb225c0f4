import type { Message } from "@aws-sdk/client-sqs";
import * as z from "zod/mini";

import { InputError } from "../error.ts";
import { decodeKey } from "../notification/key.ts";
import { parseNotification } from "../notification/parse.ts";

/** An event, or what was sent in the place of one, that could not be processed. */
export interface DeadLetter {
  readonly messageId: string;
  /** What its records are about, as far as it can be read. */
  readonly objects: readonly DeadObject[];
  /**
   * Why it never will be processed as it is. Undefined where nothing is wrong with it: S3, DynamoDB or
   * the function failed, which the function's log tells about, and sending it back may help.
   */
  readonly reason?: { readonly code: string; readonly message: string } | undefined;
  /** When it was first sent; ISO-8601 UTC to the millisecond. */
  readonly sentAt: string;
  /** How often it was received from the dead-letter queue; looking at it counts. */
  readonly receives: number;
  readonly body: string;
}

export interface DeadObject {
  readonly event?: string | undefined;
  readonly bucket?: string | undefined;
  /** Decoded where it can be, and else as it was sent. */
  readonly key: string;
}

const text = z.optional(z.string());
const Records = z.object({
  Records: z.array(
    z.object({
      eventName: text,
      s3: z.object({
        bucket: z.optional(z.object({ name: text })),
        object: z.object({ key: z.string() }),
      }),
    }),
  ),
});
const TopicMessage = z.object({ Message: z.string() });

/** Reads a message of the dead-letter queue as the ingest function of `bucket` would. */
export function readLetter(message: Message, bucket: string): DeadLetter {
  const { MessageId = "", Body = "", Attributes } = message;
  return {
    messageId: MessageId,
    objects: objectsOf(Body),
    reason: reasonOf(Body, bucket),
    sentAt: new Date(Number(Attributes?.SentTimestamp ?? 0)).toISOString(),
    receives: Number(Attributes?.ApproximateReceiveCount ?? 0),
    body: Body,
  };
}

function reasonOf(body: string, bucket: string): DeadLetter["reason"] {
  try {
    const notification = parseNotification(body, bucket);
    if (notification.kind === "test") return undefined;
    const error = notification.records.find((record) => record instanceof InputError);
    return error && { code: error.code, message: error.message };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { code: error.code, message: error.message };
  }
}

function objectsOf(body: string): DeadObject[] {
  const json = jsonOf(body);
  const topic = TopicMessage.safeParse(json);
  const message = Records.safeParse(topic.success ? jsonOf(topic.data.Message) : json);
  return (message.data?.Records ?? []).map(({ eventName, s3 }) => ({
    event: eventName,
    bucket: s3.bucket?.name,
    key: keyOf(s3.object.key),
  }));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // That it is no JSON is the letter's reason; here it only has no records.
    return undefined;
  }
}

function keyOf(encoded: string): string {
  try {
    return decodeKey(encoded);
  } catch (error) {
    if (error instanceof InputError) return encoded;
    throw error;
  }
}
