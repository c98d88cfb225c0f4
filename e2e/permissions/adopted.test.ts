import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { recordKey } from "@waybill/core/catalog/keys";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { waybill } from "@waybill/cli/test/waybill";
import * as z from "zod/mini";

import { removeStage, type Stack, startStack } from "../stack.ts";

// A stage that catalogs a bucket that existed before it, through EventBridge.

/** The stage of `infra/stage.ts` with `existingBucket`. */
const stage = "example-adopted";
const bucket = "name-of-your-bucket";
let stack: Stack;
let s3: S3Client;
let dynamodb: DynamoDBDocumentClient;

beforeAll(async () => {
  await removeStage(stage);
  stack = await startStack({ stage });
  const client = {
    endpoint: stack.endpoint,
    region: stack.env["AWS_REGION"] ?? "",
    credentials: {
      accessKeyId: stack.env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: stack.env["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
  };
  s3 = new S3Client(client);
  dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(client));
});

afterAll(async () => {
  await stack.stop();
  await removeStage(stage);
});

async function itemOf(key: string): Promise<Record<string, unknown> | undefined> {
  const { name = "" } = JSON.parse(stack.env["SST_RESOURCE_Catalog"] ?? "{}") as { name?: string };
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: name, Key: recordKey(bucket, key), ConsistentRead: true }),
  );
  return Item;
}

/** The checks of `waybill doctor`, by name. */
async function doctor() {
  const { code, stdout } = await waybill(["doctor", "--json"], stack.env);
  const checks = z.array(z.looseObject({ name: z.string() })).parse(JSON.parse(stdout));
  return { code, checks: Object.fromEntries(checks.map((check) => [check.name, check])) };
}

const patience = { timeout: 60_000, interval: 50 };

describe("a stage with an existing bucket", () => {
  test("records what is put and deleted, whatever the key", async () => {
    const key = "a b/ü+%41 \u001b";
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "hello" }));
    await expect
      .poll(() => itemOf(key), patience)
      .toMatchObject({
        state: "present",
        object: { size: 5 },
        event: { name: "ObjectCreated:Put" },
      });
    const present = await itemOf(key);
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    await expect.poll(() => itemOf(key), patience).toMatchObject({ state: "deleted" });
    const deleted = await itemOf(key);
    expect(String(deleted?.["sequencer"]) > String(present?.["sequencer"])).toBe(true);
  });

  test("leaves the notifications of the bucket as they are", async () => {
    const queues = async () => {
      const read = new GetBucketNotificationConfigurationCommand({ Bucket: bucket });
      return (await s3.send(read)).QueueConfigurations;
    };
    expect(await queues()).toBeUndefined();
    const { EventBridgeConfiguration } = await s3.send(
      new GetBucketNotificationConfigurationCommand({ Bucket: bucket }),
    );
    expect(EventBridgeConfiguration).toEqual({});
  });

  test("records nothing while EventBridge is off for the bucket", async () => {
    const configure = (EventBridgeConfiguration?: object) =>
      s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket: bucket,
          NotificationConfiguration: { EventBridgeConfiguration },
        }),
      );
    await configure();
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "off", Body: "x" }));
    expect(await doctor()).toMatchObject({
      code: 1,
      checks: {
        notification: {
          status: "problem",
          message: "EventBridge is off for the bucket: no event arrives.",
          fix: expect.stringContaining("EventBridgeConfiguration") as string,
        },
      },
    });
    await configure({});
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "on", Body: "x" }));
    await expect.poll(() => itemOf("on"), patience).toBeDefined();
    expect(await itemOf("off")).toBeUndefined();
    expect(await doctor()).toMatchObject({ code: 0, checks: { notification: { status: "ok" } } });
  });
});
