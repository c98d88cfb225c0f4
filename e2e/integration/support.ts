import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DeleteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { get } from "@waybill/core/catalog";
import { recordKey } from "@waybill/core/catalog/keys";
import { Resource } from "sst";
import { expect } from "vitest";

/** Whether the suite runs against the offline stack: on a stage in AWS no endpoint is set. */
export const offline = process.env["AWS_ENDPOINT_URL"] !== undefined;

export const s3 = new S3Client({});
export const sqs = new SQSClient({});
const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));
export const bucket = Resource.Files.name;

/** The environment in which `waybill` reads the catalog of this stage. */
export const stageEnv: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(process.env).filter(
    (entry): entry is [string, string] => /^(?:SST_|AWS_)/.test(entry[0]) && entry[1] !== undefined,
  ),
);

/** Returns a key that no other test and no other run uses. */
export const unique = (name: string): string => `test/${crypto.randomUUID()}/${name}`;

/** Puts objects with these keys, and deletes their records, as if their events were lost. */
export async function putLost(keys: readonly string[]): Promise<void> {
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "x" }));
  for (const key of keys) {
    await recordOf(key, { state: "present" });
    const Key = recordKey(bucket, key);
    await dynamodb.send(new DeleteCommand({ TableName: Resource.Catalog.name, Key }));
  }
}

/** Sends a message to the queue of events. */
export async function send(body: string): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: Resource.Events.url, MessageBody: body }));
}

/** Waits until the record of a key matches, which takes about a second. */
export async function recordOf(key: string, expected: Record<string, unknown>): Promise<void> {
  await expect
    .poll(() => get(key, { deleted: true }), { timeout: 60_000, interval: 50 })
    .toMatchObject(expected);
}
