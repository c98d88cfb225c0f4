import fs from "node:fs";
import path from "node:path";

import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";

import { type App, makeApp } from "../../../app.ts";
import { clientsOf } from "../../../clients.ts";
import { Dev } from "../../../offline.ts";

const INFRA = `
const things = new sst.aws.Dynamo("Things", {
  fields: { pk: "string", sk: "string" },
  primaryIndex: { hashKey: "pk", rangeKey: "sk" },
  stream: "new-and-old-images",
});
const subscribe = (name, args) => things.subscribe(
  name,
  { handler: "src/record.handler", environment: { SEEN: $cli.paths.root + "/" + name } },
  { transform: { eventSourceMapping: (inputs) => Object.assign(inputs, args) } },
);
subscribe("Ordered", { batchSize: 10, bisectBatchOnFunctionError: true, functionResponseTypes: ["ReportBatchItemFailures"] });
subscribe("Lanes", { batchSize: 7, parallelizationFactor: 3, startingPosition: "TRIM_HORIZON" });
new sst.Linkable("Table", { properties: { name: things.name } });
`;

/** Writes to a file what it has processed, and fails at times, also in the middle of a batch. */
const HANDLER = `
import fs from "node:fs";
let n = process.pid;
export const handler = async ({ Records }) => {
  for (const { eventName, dynamodb } of Records) {
    n += 1;
    if (n % 13 === 0) throw new Error("on purpose");
    if (n % 17 === 0 && process.env.SEEN.endsWith("Ordered")) return { batchItemFailures: [{ itemIdentifier: dynamodb.SequenceNumber }] };
    const line = [dynamodb.SequenceNumber, dynamodb.Keys.sk.S, eventName];
    fs.appendFileSync(process.env.SEEN, JSON.stringify(line) + "\\n");
  }
};
`;

let app: App;
let dev: Dev;
beforeAll(async () => {
  app = await makeApp({
    "infra/app.ts": INFRA,
    "src/record.ts": HANDLER,
  });
  dev = await Dev.start(app.root, ["--retry-seconds", "0"]);
});
afterAll(async () => {
  await dev.stop("SIGKILL");
  app.remove();
});

const seed = Number(process.env["SEED"] ?? 20_261_127);
let state = seed >>> 0 || 1;
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

const tableName = () =>
  z.object({ name: z.string() }).parse(JSON.parse(dev.ready.env["SST_RESOURCE_Table"] ?? "")).name;

/** The writes that succeeded. */
let written = 0;

/** Sends random writes to a few items until the stack is killed. */
async function write(): Promise<void> {
  const { dynamodb } = clientsOf(dev.ready.env);
  const TableName = tableName();
  for (;;) {
    const Key = { pk: { S: "p" }, sk: { S: `item-${random(9)}` } };
    const Item = { ...Key, n: { N: String(random(4)) }, text: { S: "x".repeat(random(800)) } };
    const commands = [
      () => dynamodb.send(new PutItemCommand({ TableName, Item })),
      () => dynamodb.send(new DeleteItemCommand({ TableName, Key })),
      () =>
        dynamodb.send(
          new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression: "ADD n :one",
            ExpressionAttributeValues: { ":one": { N: "1" } },
          }),
        ),
      () =>
        dynamodb.send(
          new BatchWriteItemCommand({
            RequestItems: {
              [TableName]: [
                { PutRequest: { Item } },
                { DeleteRequest: { Key: { ...Key, sk: { S: "other" } } } },
              ],
            },
          }),
        ),
    ];
    try {
      await commands[random(commands.length)]?.();
      written += 1;
    } catch (error) {
      // The stack has been killed.
      if (
        !/ECONNREFUSED|ECONNRESET|socket hang up/.test(
          `${String(error)} ${String((error as { code?: string }).code)}`,
        )
      )
        throw error;
      return;
    }
  }
}

async function readStream() {
  const { env } = dev.ready;
  const clients = clientsOf(env);
  const client = new DynamoDBStreamsClient({
    endpoint: env["AWS_ENDPOINT_URL"] ?? "",
    region: env["AWS_REGION"] ?? "",
    credentials: {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
  });
  const { Table } = await clients.dynamodb.send(
    new DescribeTableCommand({ TableName: tableName() }),
  );
  const StreamArn = Table?.LatestStreamArn;
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
  const start = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
  let { ShardIterator } = await client.send(new GetShardIteratorCommand(start));
  const records = [];
  for (;;) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator }));
    if (page.Records === undefined || page.Records.length === 0) return records;
    records.push(...page.Records);
    ShardIterator = page.NextShardIterator;
  }
}

const Line = z.tuple([z.string(), z.string(), z.string()]);

/** What a subscriber has processed: sequence number and item, in order. */
function seen(subscriber: string): { number: string; item: string }[] {
  const file = path.join(app.root, subscriber);
  if (!fs.existsSync(file)) return [];
  // A process that is killed can leave a part of a line.
  const lines = fs
    .readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.endsWith("]"));
  return lines.map((line) => {
    const [number, item] = Line.parse(JSON.parse(line));
    return { number, item };
  });
}

/** The items of which a later change was processed first before an earlier one. */
function outOfOrder(subscriber: string): string[] {
  const last = new Map<string, bigint>();
  const first = new Set<string>();
  return seen(subscriber).flatMap(({ number, item }) => {
    if (first.has(number)) return []; // processed again
    first.add(number);
    const before = last.get(item) ?? 0n;
    last.set(item, BigInt(number));
    return BigInt(number) < before ? [`${item} ${number}`] : [];
  });
}

test(
  `kills during writes and invocations lose no record, and keep the order of each item (SEED=${seed})`,
  { timeout: 180_000 },
  async () => {
    for (const count of [100, 250, 150]) {
      const end = written + count;
      const writers = [write(), write(), write(), write()];
      await expect.poll(() => written, { interval: 5, timeout: 60_000 }).toBeGreaterThan(end);
      await dev.stop("SIGKILL");
      await Promise.all(writers);
      dev = await Dev.start(app.root, ["--retry-seconds", "0"]);
    }

    const records = await readStream();
    const numbers = records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? "");
    expect(numbers.length).toBeGreaterThan(100);
    for (const subscriber of ["Ordered", "Lanes"]) {
      await expect
        .poll(
          () => {
            const processed = new Set(seen(subscriber).map(({ number }) => number));
            return numbers.filter((number) => !processed.has(number));
          },
          { timeout: 60_000 },
        )
        .toEqual([]);
      expect(outOfOrder(subscriber)).toEqual([]);
    }

    const items = new Map<string, unknown>();
    for (const { dynamodb } of records) {
      const item = dynamodb?.Keys?.["sk"]?.S ?? "";
      expect(dynamodb?.OldImage).toEqual(items.get(item));
      if (dynamodb?.NewImage === undefined) items.delete(item);
      else items.set(item, dynamodb.NewImage);
    }
    const { dynamodb } = clientsOf(dev.ready.env);
    const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: tableName() }));
    expect(new Map(Items.map((item) => [item["sk"]?.S ?? "", item]))).toEqual(items);
  },
);
