import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";

import { ManualClock } from "../events/manual-clock.ts";
import { StreamBench } from "./streams/bench.ts";

const infra = (ttl: string) => `
const things = new sst.aws.Dynamo("Things", {
  fields: { pk: "string", sk: "string" },
  primaryIndex: { hashKey: "pk", rangeKey: "sk" },
  stream: "new-and-old-images",
  ${ttl}
});
things.subscribe("All", "src/print.handler");
`;

const clock = new ManualClock("2026-11-27T08:00:00Z");
const seconds = (time: string) => Date.parse(time) / 1000;
const SOON = seconds("2026-11-27T09:00:00Z");
const LATER = seconds("2026-11-27T11:00:00Z");

let bench: StreamBench;
beforeAll(async () => {
  bench = await StreamBench.start(infra(""), clock);
});
afterAll(() => bench.close());

async function items(): Promise<string[]> {
  const { TableName } = bench;
  const { Items = [] } = await bench.clients.dynamodb.send(new ScanCommand({ TableName }));
  return Items.map((item) => item["sk"]?.S ?? "").toSorted();
}

const describeTimeToLive = async () => {
  const { TableName } = bench;
  const response = await bench.clients.dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  return response.TimeToLiveDescription;
};

test("an item of a table without Time to Live does not expire", async () => {
  await bench.put("existing", SOON);
  clock.moveTo("2026-11-27T09:30:00Z");

  expect(await describeTimeToLive()).toEqual({ TimeToLiveStatus: "DISABLED" });
  expect(await items()).toEqual(["existing"]);
});

test("an item that exists when Time to Live is turned on expires, with a record of its own", async () => {
  await bench.restart(infra('ttl: "at"'));
  clock.moveTo("2026-11-27T09:31:00Z");
  await expect.poll(items, { timeout: 20_000 }).toEqual([]);
  await expect.poll(() => bench.changes("All"), { timeout: 20_000 }).toEqual(["REMOVE existing"]);

  expect(bench.batches("All").flat()).toMatchObject([
    { userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" } },
  ]);
  expect(await describeTimeToLive()).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "at" });
  expect(bench.stack.plan.declared).toEqual([]);
});

test("only items whose time has passed expire", async () => {
  const { dynamodb } = bench.clients;
  const { TableName } = bench;
  const key = (sk: string) => ({ pk: { S: "p" }, sk: { S: sk } });
  await bench.put("soon", LATER);
  await bench.put("extended", LATER);
  await bench.put("much later", LATER + 7200);
  await bench.put("milliseconds", LATER * 1000);
  await bench.put("five years ago", seconds("2021-11-01T00:00:00Z"));
  await dynamodb.send(
    new PutItemCommand({ TableName, Item: { ...key("text"), at: { S: String(LATER) } } }),
  );
  await dynamodb.send(new PutItemCommand({ TableName, Item: key("none") }));
  await dynamodb.send(
    new UpdateItemCommand({
      TableName,
      Key: key("extended"),
      UpdateExpression: "SET #at = :at",
      ExpressionAttributeNames: { "#at": "at" },
      ExpressionAttributeValues: { ":at": { N: String(LATER + 7200) } },
    }),
  );
  const kept = ["extended", "five years ago", "milliseconds", "much later", "none", "text"];
  expect(await items()).toEqual([...kept, "soon"].toSorted());

  clock.moveTo("2026-11-27T11:00:05Z");
  await expect.poll(items, { timeout: 20_000 }).toEqual(kept);
});

test("a removal by a caller has no identity of a service", async () => {
  await bench.remove("none");
  await expect.poll(() => bench.changes("All").at(-1), { timeout: 20_000 }).toBe("REMOVE none");

  expect(bench.batches("All").flat().at(-1)).not.toHaveProperty("userIdentity");
});

test("more items than one batch expire", async () => {
  const { dynamodb } = bench.clients;
  const { TableName } = bench;
  await Promise.all(
    Array.from({ length: 250 }, (_, n) =>
      dynamodb.send(
        new PutItemCommand({
          TableName,
          Item: { pk: { S: "many" }, sk: { S: String(n) }, at: { N: String(LATER + 60) } },
        }),
      ),
    ),
  );
  clock.moveTo("2026-11-27T11:02:00Z");
  await expect.poll(async () => (await items()).length, { timeout: 20_000 }).toBe(5);
});

test("items of a table that a client deletes and creates again expire as well", async () => {
  const { dynamodb } = bench.clients;
  const { TableName } = bench;
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  await bench.put("deleted with the table", LATER + 7200);
  await dynamodb.send(new DeleteTableCommand({ TableName }));
  const { KeySchema, AttributeDefinitions } = Table ?? {};
  const create = () =>
    dynamodb.send(
      new CreateTableCommand({
        TableName,
        KeySchema,
        AttributeDefinitions,
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
  const succeeds = { $metadata: { httpStatusCode: 200 } };
  await expect.poll(create, { timeout: 20_000 }).toMatchObject(succeeds);
  await expect.poll(items, { timeout: 20_000 }).toEqual([]);
  await bench.put("new", LATER + 3600);
  await bench.put("kept");

  clock.moveTo("2026-11-27T14:00:00Z");
  await expect.poll(items, { timeout: 20_000 }).toEqual(["kept"]);
});
