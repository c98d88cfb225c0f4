import {
  DeleteObjectCommand,
  type PutObjectCommandInput,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createClient } from "@waybill/client";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { recordKey } from "@waybill/core/catalog/keys";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import {
  control,
  grantsOf,
  removeStage,
  type Stack,
  type StackEvent,
  startStack,
  statusOf,
} from "../stack.ts";

// What is granted is what is needed: take one action away, and something that people rely on no longer happens.

/** What SST grants to a function with an event source, and nothing of Waybill needs. */
const ADDED_BY_SST: Record<string, string> = {
  "ingest sqs:GetQueueAttributes":
    "Lambda asks for it when the event source is made, and refuses a role that lacks it",
  "ingest sqs:ChangeMessageVisibility":
    "for a function that puts a message off by itself; Waybill leaves that to the queue",
  "ingest sqs:GetQueueUrl": "for a function that finds its queue by name; Waybill does not",
};

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

type FunctionName = "ingest" | "api";
const functionName = (fn: FunctionName) => `waybill-${stage}-${fn}`;
const taken = new Set<string>();

/** Takes one action out of the policy of one function, until the test is over. */
function withhold(fn: FunctionName, action: string): Promise<unknown> {
  taken.add(`${fn} ${action}`);
  return control(stack, "withhold", [{ fn: functionName(fn), action }]);
}

const waiting = async () => {
  const { queues } = await statusOf(stack);
  const queue = queues.find(({ name }) => name.includes("-EventsQueue-"));
  return (queue?.visible ?? 0) + (queue?.inFlight ?? 0);
};

describe("the ingest function", () => {
  test("without s3:GetObjectVersion, cannot describe a new object", async () => {
    await withhold("ingest", "s3:GetObjectVersion");
    const key = unique();
    await put(key);

    await expectState(key, "unreadable");
  });

  test("without s3:GetObject, does not bring back an object whose delete marker is removed", async () => {
    const key = unique();
    await put(key);
    await expectState(key, "present");
    const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    await expectState(key, "deleted");
    await withhold("ingest", "s3:GetObject");
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId }));
    await expect.poll(waiting, patience).toBe(0);

    expect(await stateOf(key)).toBe("deleted");
  });

  test("without dynamodb:UpdateItem, records nothing, and the event becomes a dead letter", async () => {
    await withhold("ingest", "dynamodb:UpdateItem");
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

  test("without sqs:ReceiveMessage, leaves events in the queue", async () => {
    await withhold("ingest", "sqs:ReceiveMessage");
    // Polls that have begun end with the next message.
    await Promise.all(Array.from({ length: 9 }, () => put(unique())));

    await expect.poll(waiting, patience).toBeGreaterThan(0);
  });

  test("without sqs:DeleteMessage, is handed a message again that is done", async () => {
    await withhold("ingest", "sqs:DeleteMessage");
    const key = unique();
    await put(key);
    await expectState(key, "present");

    expect(await waiting()).toBeGreaterThan(0);
  });
});

const client = () => {
  const { url } = JSON.parse(stack.env["SST_RESOURCE_Api"] ?? "{}") as { url: string };
  return createClient({
    url,
    region: stack.env["AWS_REGION"] ?? "",
    credentials: {
      accessKeyId: stack.env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: stack.env["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
    maxAttempts: 1,
  });
};

/** A record that stands in the catalogue. */
async function recorded(): Promise<string> {
  const key = unique();
  await put(key);
  await expectState(key, "present");
  return key;
}

describe("the API", () => {
  test.each(["dynamodb:GetItem", "dynamodb:Query"])("without %s, cannot answer", async (action) => {
    const key = await recorded();
    const ask = async () =>
      action === "dynamodb:GetItem"
        ? client().get(key)
        : client().list({ prefix: key })[Symbol.asyncIterator]().next();
    await expect(ask()).resolves.toBeDefined();
    await withhold("api", action);

    await expect(ask()).rejects.toMatchObject({ name: "ApiError" });
  });
});

describe.each(["logs:CreateLogStream", "logs:PutLogEvents"])("without %s", (action) => {
  const isToldOf = (fn: FunctionName) => (event: StackEvent) =>
    event.type === "problem" &&
    event.message.startsWith(`${functionName(fn)} has no log`) &&
    event.message.includes(action);
  const isHeardFrom = (fn: FunctionName, text: string) => (event: StackEvent) =>
    event.type === "log" && event.fn === functionName(fn) && event.line.includes(text);

  test("the ingest function works and nobody hears of it", async () => {
    await withhold("ingest", action);
    const key = await recorded();
    await expect.poll(() => events.some(isToldOf("ingest")), patience).toBe(true);

    expect(events.some(isHeardFrom("ingest", key))).toBe(false);
  });

  test("the API answers and nobody hears of it", async () => {
    const key = await recorded();
    await withhold("api", action);
    const seen = events.length;
    await expect(client().get(key)).resolves.toBeDefined();
    await expect.poll(() => events.slice(seen).some(isToldOf("api")), patience).toBe(true);

    expect(events.slice(seen).some(isHeardFrom("api", ""))).toBe(false);
  });
});

test("every action that a function is granted was taken away above, or is SST's own for an event source", async () => {
  const granted = await grantsOf(stage);

  expect(granted.toSorted()).toEqual([...taken, ...Object.keys(ADDED_BY_SST)].toSorted());
});
