import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  GetQueueAttributesCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import {
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { DeleteCommand, DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { createClient } from "@waybill/client";
import { recordKey } from "@waybill/core/catalog/keys";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";

import {
  control,
  removeStage,
  type Stack,
  type StackEvent,
  startStack,
  statusOf,
} from "../stack.ts";
import { type Grants, grantsOf } from "./grants.ts";

// No function is granted more than it needs: withholding any one action denies a request that the function makes, and
// stops something that people rely on.

/** Actions that are granted, and that Waybill does not need offline. */
const NOT_USED: Record<string, string> = {
  "machine states:DescribeExecution":
    "AWS needs it for a distributed map (Step Functions Developer Guide, IAM policies); offline does not",
  "machine states:StopExecution": "the same",
  "ingest sqs:GetQueueAttributes":
    "Lambda uses it when the event source is created, and rejects a role without it",
  "ingest sqs:ChangeMessageVisibility":
    "for a function that postpones a message itself; Waybill leaves that to the queue",
  "ingest sqs:GetQueueUrl": "for a function that looks up its queue by name; Waybill does not",
};

const stage = `perm-${process.pid}`;
const events: StackEvent[] = [];
let stack: Stack;
let grants: Grants[];
let s3: S3Client;
let sqs: SQSClient;
let sfn: SFNClient;
let dynamodb: DynamoDBDocumentClient;
let bucket: string;
let table: string;

beforeAll(async () => {
  [stack, grants] = await Promise.all([
    startStack({ stage, onEvent: (event) => events.push(event) }),
    grantsOf(stage),
  ]);
  const client = {
    endpoint: stack.endpoint,
    region: stack.env["AWS_REGION"] ?? "",
    credentials: ownerCredentials(),
  };
  s3 = new S3Client(client);
  sqs = new SQSClient(client);
  sfn = new SFNClient(client);
  dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(client));
  bucket = linked("Files", "name");
  table = linked("Catalog", "name");
});

afterAll(async () => {
  await stack.stop();
  await removeStage(stage);
});

afterEach(() => control(stack, "withhold", []));

function linked(link: string, property: string): string {
  const properties = JSON.parse(stack.env[`SST_RESOURCE_${link}`] ?? "{}") as Record<
    string,
    string
  >;
  return properties[property] ?? "";
}

const ownerCredentials = () => ({
  accessKeyId: stack.env["AWS_ACCESS_KEY_ID"] ?? "",
  secretAccessKey: stack.env["AWS_SECRET_ACCESS_KEY"] ?? "",
});

const unique = () => `permissions-${crypto.randomUUID()}`;

const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "x" }));

async function itemOf(key: string): Promise<Record<string, unknown> | undefined> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: table, Key: recordKey(bucket, key), ConsistentRead: true }),
  );
  return Item;
}

const stateOf = async (key: string): Promise<unknown> => (await itemOf(key))?.["state"];

/** Sends the event of a delete marker to the queue of events. */
async function sendRemoval(key: string): Promise<void> {
  const record = {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: stack.env["AWS_REGION"],
    eventTime: new Date().toISOString(),
    eventName: "ObjectRemoved:DeleteMarkerCreated",
    s3: { bucket: { name: bucket }, object: { key, versionId: "m", sequencer: "0".repeat(18) } },
  };
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: linked("Events", "url"),
      MessageBody: JSON.stringify({ Records: [record] }),
    }),
  );
}

const patience = { timeout: 60_000, interval: 50 };
const expectState = (key: string, state: string) =>
  expect.poll(() => stateOf(key), patience).toBe(state);

/** Puts an object and waits until its record is in the catalog. */
async function recorded(): Promise<string> {
  const key = unique();
  await put(key);
  await expectState(key, "present");
  return key;
}

/** The messages between S3 and the ingest function. */
async function backlog(): Promise<{ pending: number; visible: number; inFlight: number }> {
  const { queues, pendingNotifications: pending } = await statusOf(stack);
  const queue = queues.find(({ name }) => name.includes("-EventsQueue-"));
  if (!queue) throw new Error("the stack has no queue of events");
  return { pending, visible: queue.visible, inFlight: queue.inFlight };
}
const expectNoBacklog = () =>
  expect.poll(backlog, patience).toEqual({ pending: 0, visible: 0, inFlight: 0 });

type FunctionName = "ingest" | "api" | "reconcile";
const functionName = (fn: FunctionName) => `waybill-${stage}-${fn}`;

/** The lines that a function has logged about a key. */
const linesOf = (fn: FunctionName, text: string): string[] =>
  events.flatMap((event) =>
    event.type === "log" && event.fn === functionName(fn) && event.line.includes(text)
      ? [event.line]
      : [],
  );

/** The actions that were withheld and then denied, as `ingest s3:GetObject`. */
const proven = new Set<string>();

interface Withheld {
  /** The number of times that the function was denied the action so far. */
  readonly denials: () => number;
  /** Waits until the function has been denied the action once more, and then counts the action as proven. */
  readonly expectDenied: () => Promise<void>;
}

/** Withholds one action from the role of one function until the end of the test. */
async function withhold(fn: FunctionName | "machine", action: string): Promise<Withheld> {
  const role = grants.find((each) => each.fn === fn)?.role ?? "";
  const first = events.length;
  const denials = () =>
    events
      .slice(first)
      .filter(
        (event) => event.type === "denied" && event.caller === role && event.action === action,
      ).length;
  await control(stack, "withhold", [{ role, action }]);
  return {
    denials,
    expectDenied: async () => {
      await expect
        .poll(denials, { ...patience, message: `${fn} is denied ${action}` })
        .toBeGreaterThan(0);
      proven.add(`${fn} ${action}`);
    },
  };
}

describe("the ingest function", () => {
  test("without s3:GetObjectVersion, records no checksums of a version that it finds after a removal", async () => {
    const key = await recorded();
    expect(await itemOf(key)).toMatchObject({ object: { checksums: expect.anything() } });
    const withheld = await withhold("ingest", "s3:GetObjectVersion");
    // A removal that arrives after the object was created again: the function expects that it is gone.
    await sendRemoval(key);

    await withheld.expectDenied();
    await expectNoBacklog();
    const item = await itemOf(key);
    expect(item).toMatchObject({ state: "present" });
    expect(item?.["object"]).not.toHaveProperty("checksums");
  });

  test("without s3:GetObject, does not restore the record of an object whose delete marker is removed", async () => {
    const key = await recorded();
    const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    await expectState(key, "deleted");
    const withheld = await withhold("ingest", "s3:GetObject");
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId }));

    await withheld.expectDenied();
    await expectNoBacklog();
    expect(await stateOf(key)).toBe("deleted");
  });

  test("without dynamodb:UpdateItem, writes no record, and the event becomes a dead letter", async () => {
    const withheld = await withhold("ingest", "dynamodb:UpdateItem");
    const key = unique();
    await put(key);

    await expect.poll(deadLetters, patience).toContainEqual(expect.stringContaining(key));
    expect(await stateOf(key)).toBeUndefined();
    await withheld.expectDenied();
  });

  test("without sqs:ReceiveMessage, leaves events in the queue", async () => {
    const withheld = await withhold("ingest", "sqs:ReceiveMessage");
    let key: string;
    // A long poll that began earlier still receives one message. The next one is denied.
    do {
      key = unique();
      await put(key);
      await expect.poll(async () => (await backlog()).pending, patience).toBe(0);
      const before = withheld.denials();
      await expect.poll(withheld.denials, patience).toBeGreaterThan(before);
    } while ((await backlog()).visible === 0);

    await withheld.expectDenied();
    expect(await stateOf(key)).toBeUndefined();
    await control(stack, "withhold", []);
    await expectState(key, "present");
  });

  test("without sqs:DeleteMessage, receives a processed message a second time", async () => {
    await setVisibilityTimeout(2);
    const withheld = await withhold("ingest", "sqs:DeleteMessage");
    const key = unique();
    await put(key);

    const deliveries = () => linesOf("ingest", key).map((line) => Delivery.parse(JSON.parse(line)));
    await expect.poll(() => deliveries().length, patience).toBeGreaterThan(1);
    const [first, second] = deliveries();
    expect(first).toMatchObject({ outcome: "indexed" });
    expect(second).toMatchObject({ messageId: first?.messageId });
    await withheld.expectDenied();
    await control(stack, "withhold", []);
    await expectNoBacklog();
  });
});

/** What the ingest function logs about one event of a message. */
const Delivery = z.object({ messageId: z.string(), outcome: z.string() });

/** The bodies of some dead letters, which stay where they are. */
async function deadLetters(): Promise<string[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: linked("DeadEvents", "url"),
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 0,
    }),
  );
  return Messages.map(({ Body = "" }) => Body);
}

/** Sets the visibility timeout of the queue until the end of the test. */
async function setVisibilityTimeout(seconds: number): Promise<void> {
  const QueueUrl = linked("Events", "url");
  const AttributeNames: QueueAttributeName[] = ["VisibilityTimeout"];
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames }),
  );
  const set = (VisibilityTimeout: string) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout } }));
  await set(String(seconds));
  onTestFinished(async () => {
    await set(Attributes?.["VisibilityTimeout"] ?? "");
  });
}

const client = () =>
  createClient({
    url: linked("Api", "url"),
    region: stack.env["AWS_REGION"] ?? "",
    credentials: ownerCredentials(),
    maxAttempts: 1,
  });

describe("the API", () => {
  test.each(["dynamodb:GetItem", "dynamodb:Query"])("without %s, cannot answer", async (action) => {
    const key = await recorded();
    const query = async () =>
      action === "dynamodb:GetItem"
        ? client().get(key)
        : client().list({ prefix: key })[Symbol.asyncIterator]().next();
    await expect(query()).resolves.toBeDefined();
    const withheld = await withhold("api", action);

    await expect(query()).rejects.toMatchObject({ name: "ApiError" });
    await withheld.expectDenied();
  });
});

describe("a pass over the bucket", () => {
  /** Starts a pass over one object that has no record. */
  async function startPass(): Promise<{ key: string; executionArn: string }> {
    const key = await recorded();
    await dynamodb.send(new DeleteCommand({ TableName: table, Key: recordKey(bucket, key) }));
    const stateMachineArn = linked("Reconcile", "arn");
    const input = JSON.stringify({ prefix: key });
    const started = await sfn.send(new StartExecutionCommand({ stateMachineArn, input }));
    const executionArn = started.executionArn ?? "";
    onTestFinished(async () => {
      await sfn.send(new StopExecutionCommand({ executionArn }));
    });
    return { key, executionArn };
  }

  const statusOfPass = async (executionArn: string) =>
    (await sfn.send(new DescribeExecutionCommand({ executionArn }))).status;

  test.each([
    ["reconcile", "s3:ListBucket"],
    ["reconcile", "s3:GetObject"],
    ["reconcile", "dynamodb:Query"],
    ["reconcile", "dynamodb:GetItem"],
    ["reconcile", "dynamodb:UpdateItem"],
    ["machine", "lambda:InvokeFunction"],
    ["machine", "states:StartExecution"],
  ] as const)("by %s without %s repairs nothing", async (fn, action) => {
    const withheld = await withhold(fn, action);
    const { key } = await startPass();
    await withheld.expectDenied();
    expect(await stateOf(key)).toBeUndefined();
  });

  test("without s3:GetBucketNotification repairs the record, and says that it could not check", async () => {
    const withheld = await withhold("reconcile", "s3:GetBucketNotification");
    const { key, executionArn } = await startPass();
    await expect.poll(() => statusOfPass(executionArn), patience).toBe("SUCCEEDED");
    expect(await stateOf(key)).toBe("present");
    await withheld.expectDenied();
    expect(linesOf("reconcile", "could not be checked")).not.toEqual([]);
  });

  test.each(["logs:CreateLogStream", "logs:PutLogEvents"])(
    "without %s repairs the record, and its log is lost",
    async (action) => {
      const withheld = await withhold("reconcile", action);
      const before = linesOf("reconcile", "").length;
      const { key, executionArn } = await startPass();
      await expect.poll(() => statusOfPass(executionArn), patience).toBe("SUCCEEDED");
      expect(await stateOf(key)).toBe("present");
      await withheld.expectDenied();
      expect(linesOf("reconcile", "")).toHaveLength(before);
    },
  );
});

describe.each(["logs:CreateLogStream", "logs:PutLogEvents"])("without %s", (action) => {
  test("the ingest function records an object, and its log is lost", async () => {
    const withheld = await withhold("ingest", action);
    const key = await recorded();

    await withheld.expectDenied();
    expect(linesOf("ingest", key)).toEqual([]);
  });

  test("the API answers, and its log is lost", async () => {
    const key = await recorded();
    const withheld = await withhold("api", action);
    const before = linesOf("api", "").length;
    await expect(client().get(key)).resolves.toBeDefined();

    await withheld.expectDenied();
    expect(linesOf("api", "")).toHaveLength(before);
  });
});

test("the tests above withhold every granted action except those that offline does not use", () => {
  const granted = grants.flatMap(({ fn, actions }) => actions.map((action) => `${fn} ${action}`));

  expect([...proven, ...Object.keys(NOT_USED)].toSorted()).toEqual(granted.toSorted());
});
