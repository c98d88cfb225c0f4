import {
  DeleteObjectCommand,
  type PutObjectCommandInput,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { recordKey } from "@waybill/core/catalog/keys";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import {
  control,
  removeStage,
  type Stack,
  type StackEvent,
  startStack,
  statusOf,
} from "../stack.ts";
import { createClient } from "../../src/client/index.ts";

// What is granted is what is needed: take one action away, and something that people rely on no longer happens.

const stage = `perm-${process.pid}`;
const events: StackEvent[] = [];
let stack: Stack;
let s3: S3Client;
let dynamodb: DynamoDBDocumentClient;
let bucket: string;
let table: string;

beforeAll(async () => {
  stack = await startStack({ stage, onEvent: (event) => events.push(event) });
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
  bucket = nameOf("Files");
  table = nameOf("Catalog");
});

afterAll(async () => {
  await stack.stop();
  await removeStage(stage);
});

afterEach(() => control(stack, "withhold", []));

function nameOf(link: string): string {
  const { name } = JSON.parse(stack.env[`SST_RESOURCE_${link}`] ?? "{}") as { name: string };
  return name;
}

const unique = () => `permissions/${crypto.randomUUID()}`;

const put = (Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "x", ...more }));

async function stateOf(key: string): Promise<unknown> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: table, Key: recordKey(bucket, key), ConsistentRead: true }),
  );
  return Item?.["state"];
}

const patience = { timeout: 30_000, interval: 50 };
const expectState = (key: string, state: string) =>
  expect.poll(() => stateOf(key), patience).toBe(state);

const withhold = (...actions: string[]) => control(stack, "withhold", actions);

const waiting = async () => {
  const { queues } = await statusOf(stack);
  const queue = queues.find(({ name }) => name.includes("-EventsQueue-"));
  return (queue?.visible ?? 0) + (queue?.inFlight ?? 0);
};

describe("without", () => {
  test("s3:GetObjectVersion, a new object cannot be described", async () => {
    await withhold("s3:GetObjectVersion");
    const key = unique();
    await put(key);

    await expectState(key, "unreadable");
  });

  test("s3:GetObject, an object whose delete marker is removed does not come back", async () => {
    const key = unique();
    await put(key);
    await expectState(key, "present");
    const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    await expectState(key, "deleted");
    await withhold("s3:GetObject");
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId }));
    await expect.poll(waiting, patience).toBe(0);

    expect(await stateOf(key)).toBe("deleted");
  });

  test("dynamodb:UpdateItem, nothing is recorded, and the event becomes a dead letter", async () => {
    await withhold("dynamodb:UpdateItem");
    const key = unique();
    await put(key);

    await expect
      .poll(async () => {
        const { queues } = await statusOf(stack);
        return queues.find(({ name }) => name.includes("DeadEvents"))?.visible;
      }, patience)
      .toBeGreaterThan(0);
    expect(await stateOf(key)).toBeUndefined();
  });

  test("sqs:ReceiveMessage, events stay in the queue", async () => {
    await withhold("sqs:ReceiveMessage");
    const key = unique();
    // Polls that have begun end with the next message.
    await Promise.all(Array.from({ length: 8 }, () => put(unique())));
    await put(key);

    await expect.poll(waiting, patience).toBeGreaterThan(0);
  });

  test("sqs:DeleteMessage, a message that is done comes back", async () => {
    await withhold("sqs:DeleteMessage");
    const key = unique();
    await put(key);
    await expectState(key, "present");

    expect(await waiting()).toBeGreaterThan(0);
  });

  test.each(["logs:CreateLogStream", "logs:PutLogEvents"])(
    "%s, the function works and nobody hears of it",
    async (action) => {
      await withhold(action);
      const key = unique();
      await put(key);
      await expectState(key, "present");
      await expect
        .poll(() =>
          events.some((event) => event.type === "problem" && event.message.includes(action)),
        )
        .toBe(true);

      const heard = events.some((event) => event.type === "log" && event.line.includes(key));
      expect(heard).toBe(false);
    },
  );

  test.each(["dynamodb:GetItem", "dynamodb:Query"])("%s, the API cannot answer", async (action) => {
    const { url } = JSON.parse(stack.env["SST_RESOURCE_Api"] ?? "{}") as { url: string };
    const key = unique();
    await put(key);
    await expectState(key, "present");
    const client = createClient({
      url,
      region: stack.env["AWS_REGION"] ?? "",
      credentials: {
        accessKeyId: stack.env["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: stack.env["AWS_SECRET_ACCESS_KEY"] ?? "",
      },
      maxAttempts: 1,
    });
    const ask = async () =>
      action === "dynamodb:GetItem"
        ? client.get(key)
        : client.list({ prefix: key })[Symbol.asyncIterator]().next();
    await expect(ask()).resolves.toBeDefined();
    await withhold(action);

    await expect(ask()).rejects.toMatchObject({ name: "ApiError" });
  });
});
