import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { recordKey } from "@waybill/core/catalog/keys";
import { parseItem } from "@waybill/core/catalog/record";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod/mini";

import { control, removeStage, type Stack, type StackEvent, startStack } from "../stack.ts";

// What the ingest function requests of S3 and DynamoDB for one object, counted at the edge.

const stage = `requests-${process.pid}`;
const INGEST = `waybill-${stage}-ingest`;
const events: StackEvent[] = [];
let stack: Stack;
let s3: S3Client;
let sqs: SQSClient;
let dynamodb: DynamoDBDocumentClient;
let bucket: string;

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
  sqs = new SQSClient(client);
  dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(client));
  bucket = linked("Files", "name");
});

afterAll(async () => {
  await stack.stop();
  await removeStage(stage);
});

function linked(link: string, property: string): string {
  const properties = JSON.parse(stack.env[`SST_RESOURCE_${link}`] ?? "{}") as Record<
    string,
    string
  >;
  return properties[property] ?? "";
}

const Counts = z.object({
  calls: z.array(
    z.object({ service: z.string(), operation: z.string(), caller: z.string(), calls: z.number() }),
  ),
});

/** The reads of S3 and the writes of DynamoDB by functions since the last call. */
async function requests(): Promise<{ reads: number; writes: number }> {
  const { calls: all } = Counts.parse(await control(stack, "status"));
  await control(stack, "reset-meter");
  const count = (operation: string) =>
    all
      .filter((each) => each.operation === operation && each.caller !== "root")
      .reduce((sum, each) => sum + each.calls, 0);
  return { reads: count("HeadObject"), writes: count("UpdateItem") };
}

const patience = { timeout: 60_000, interval: 50 };

/** The outcomes of a key's events so far. */
const outcomesOf = (key: string): string[] =>
  events.flatMap((event) => {
    if (event.type !== "log" || event.fn !== INGEST || !event.line.includes(key)) return [];
    return [(JSON.parse(event.line) as { outcome: string }).outcome];
  });

/** Waits until this number of events of a key is processed. */
const expectProcessed = (key: string, count: number) =>
  expect.poll(() => outcomesOf(key).length, patience).toBe(count);

/** Waits until the last read is more than two seconds before the next one: the rule compares their times. */
async function settled(): Promise<void> {
  const until = Date.now() + 3_100;
  await expect.poll(() => Date.now() > until, { timeout: 10_000, interval: 100 }).toBe(true);
}

const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "x" }));

test("an object that is new, overwritten, reported again and removed costs one read and one write each", async () => {
  const key = `requests-${crypto.randomUUID()}`;
  await requests();
  await put(key);
  await expectProcessed(key, 1);
  expect(await requests()).toEqual({ reads: 1, writes: 1 });

  await settled();
  await put(key);
  await expectProcessed(key, 2);
  expect(await requests()).toEqual({ reads: 1, writes: 1 });

  for (const count of [3, 4]) {
    await settled();
    await sendAgain(key);
    await expectProcessed(key, count);
    expect(await requests()).toEqual({ reads: 1, writes: 1 });
  }

  await settled();
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  await expectProcessed(key, 5);
  expect(await requests()).toEqual({ reads: 1, writes: 1 });
  expect(outcomesOf(key)).toEqual(["indexed", "indexed", "indexed", "stale", "removed"]);
});

test("a key that is written again and again costs at most two reads and two writes per event", async () => {
  const key = `requests-${crypto.randomUUID()}`;
  await requests();
  for (let count = 0; count < 20; count++) await put(key);
  await expectProcessed(key, 20);

  const { reads, writes } = await requests();
  expect(reads).toBeLessThanOrEqual(40);
  expect(writes).toBeLessThanOrEqual(40);
});

/** Sends the event of the record of a key again, as S3 and SQS may do. */
async function sendAgain(key: string): Promise<void> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: linked("Catalog", "name"), Key: recordKey(bucket, key) }),
  );
  const record = parseItem(Item ?? {});
  if (record.state !== "present") throw new Error("not present");
  const { event, region, sequencer, versionId } = record;
  const object = { key, sequencer, versionId };
  const body = {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: region,
    eventTime: event.time,
    eventName: event.name,
    s3: { bucket: { name: bucket }, object },
  };
  const QueueUrl = linked("Events", "url");
  const MessageBody = JSON.stringify({ Records: [body] });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
}
