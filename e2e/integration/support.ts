import { S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { get } from "@waybill/core/catalog";
import { Resource } from "sst";
import { expect } from "vitest";

/** Where AWS's own clients are told to go elsewhere, the suite runs against the offline stack. */
export const offline = process.env["AWS_ENDPOINT_URL"] !== undefined;

export const s3 = new S3Client({});
export const sqs = new SQSClient({});
export const bucket = Resource.Files.name;

/** A key that no other test, and no other run, uses. */
export const unique = (name: string): string => `test/${crypto.randomUUID()}/${name}`;

/** Puts a message into the queue of S3's events. */
export async function send(body: string): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: Resource.Events.url, MessageBody: body }));
}

/**
 * Waits until the catalogue says this of a key: about a second; a minute is the end of patience. A test that runs beside
 * others hands in the `expect` of its own.
 */
export async function recordOf(
  key: string,
  expected: Record<string, unknown>,
  own: Pick<typeof expect, "poll"> = expect,
): Promise<void> {
  await own
    .poll(() => get(key, { deleted: true }), { timeout: 60_000, interval: 50 })
    .toMatchObject(expected);
}
