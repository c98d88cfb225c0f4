import * as dynamodb from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { dynamodbNeeds } from "../../../src/service/dynamodb/iam.ts";
import { KEY, KNOWN, openClient, PLACE, tableArn } from "./needs.ts";

const TABLE = tableArn("Catalog");

let client: Awaited<ReturnType<typeof openClient>>;
beforeAll(async () => {
  client = await openClient();
});
afterEach(() => client.clear());
afterAll(() => client.close());

test("a call about one item needs its own action on the table", async () => {
  await client.table.send(new dynamodb.GetItemCommand({ TableName: "Catalog", Key: KEY }));
  expect(client.actions()).toStrictEqual([`dynamodb:GetItem ${TABLE}`]);
  await client.table.send(new dynamodb.PutItemCommand({ TableName: "Catalog", Item: KEY }));
  expect(client.actions()).toStrictEqual([`dynamodb:PutItem ${TABLE}`]);
  await client.table.send(new dynamodb.UpdateItemCommand({ TableName: "Catalog", Key: KEY }));
  expect(client.actions()).toStrictEqual([`dynamodb:UpdateItem ${TABLE}`]);
  await client.table.send(new dynamodb.DeleteItemCommand({ TableName: "Catalog", Key: KEY }));
  expect(client.actions()).toStrictEqual([`dynamodb:DeleteItem ${TABLE}`]);
});

test("accepts the ARN of a table, also of another account", async () => {
  const arn = "arn:aws:dynamodb:eu-west-1:444455556666:table/Catalog";
  await client.table.send(new dynamodb.GetItemCommand({ TableName: arn, Key: KEY }));

  expect(client.actions()).toStrictEqual([`dynamodb:GetItem ${arn}`]);
});

test.each([
  "a*",
  "Cat?log",
  "",
  "a/b",
  `${TABLE}/index/x`,
  "arn:aws:dynamodb:*:*:table/Catalog",
  "a:b",
])("rejects the table name %j", async (TableName) => {
  await client.table.send(new dynamodb.GetItemCommand({ TableName, Key: KEY }));

  expect(client.needs().ok).toBe(false);
});

test("a query or scan of an index needs its action on the index", async () => {
  const search = { TableName: "Catalog", IndexName: "byTime" };
  await client.table.send(new dynamodb.QueryCommand(search));
  expect(client.actions()).toStrictEqual([`dynamodb:Query ${TABLE}/index/byTime`]);
  await client.table.send(new dynamodb.ScanCommand(search));
  expect(client.actions()).toStrictEqual([`dynamodb:Scan ${TABLE}/index/byTime`]);
  await client.table.send(new dynamodb.ScanCommand({ TableName: "Catalog" }));
  expect(client.actions()).toStrictEqual([`dynamodb:Scan ${TABLE}`]);
  await client.table.send(new dynamodb.QueryCommand({ ...search, IndexName: "../x" }));
  expect(client.needs().ok).toBe(false);
});

test("a batch needs its action on each of its tables", async () => {
  await client.table.send(
    new dynamodb.BatchGetItemCommand({
      RequestItems: { Catalog: { Keys: [KEY] }, Other: { Keys: [KEY] } },
    }),
  );
  expect(client.actions()).toStrictEqual([
    `dynamodb:BatchGetItem ${TABLE}`,
    `dynamodb:BatchGetItem ${tableArn("Other")}`,
  ]);
  await client.table.send(
    new dynamodb.BatchWriteItemCommand({
      RequestItems: { Catalog: [{ PutRequest: { Item: KEY } }, { DeleteRequest: { Key: KEY } }] },
    }),
  );
  expect(client.actions()).toStrictEqual([`dynamodb:BatchWriteItem ${TABLE}`]);
});

test("a transaction needs the action of each item, and has the enclosing operation as context", async () => {
  const item = { TableName: "Catalog", Key: KEY };
  await client.table.send(
    new dynamodb.TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: "Catalog", Item: KEY } },
        { Update: { ...item, UpdateExpression: "SET a = :a" } },
        { Delete: item },
        { ConditionCheck: { ...item, ConditionExpression: "attribute_exists(pk)" } },
      ],
    }),
  );
  const written = client.needs();
  await client.table.send(new dynamodb.TransactGetItemsCommand({ TransactItems: [{ Get: item }] }));

  expect(written.ok && written.requirements.map(({ action }) => action)).toStrictEqual([
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
  ]);
  expect(written.ok && written.requirements.every(({ resource }) => resource === TABLE)).toBe(true);
  expect(written).toMatchObject({
    requirements: Array.from({ length: 4 }, () => ({
      context: { "dynamodb:EnclosingOperation": "TransactWriteItems" },
    })),
  });
  expect(client.needs()).toMatchObject({
    requirements: [
      {
        action: "dynamodb:GetItem",
        context: { "dynamodb:EnclosingOperation": "TransactGetItems" },
      },
    ],
  });
});

test("rejects a batch or a transaction without items, which would need no permission", async () => {
  await client.table.send(new dynamodb.BatchGetItemCommand({ RequestItems: {} }));
  expect(client.needs()).toMatchObject({
    ok: false,
    problem: expect.stringContaining("names no resource"),
  });
  await client.table.send(new dynamodb.TransactWriteItemsCommand({ TransactItems: [] }));
  expect(client.needs().ok).toBe(false);
});

test("rejects an item of a transaction or batch that is not of exactly one kind", () => {
  const put = { TableName: "Catalog", Item: KEY };
  const bodies = {
    TransactWriteItems: [
      { TransactItems: [{ Put: put, Delete: put }] },
      { TransactItems: [{}] },
      { TransactItems: [{ constructor: put }] },
      { TransactItems: ["Put"] },
      {},
    ],
    BatchWriteItem: [
      { RequestItems: { Catalog: [{ PutRequest: { Item: KEY }, DeleteRequest: { Key: KEY } }] } },
      { RequestItems: { Catalog: [{}] } },
      { RequestItems: { "*": [{ PutRequest: { Item: KEY } }] } },
      { RequestItems: [] },
    ],
  };
  const verdicts = Object.entries(bodies).flatMap(([operation, each]) =>
    each.map((body) => dynamodbNeeds(`DynamoDB_20120810.${operation}`, body, PLACE, KNOWN).ok),
  );

  expect(verdicts).not.toContain(true);
});

test("rejects PartiQL, replicas and unknown operations", async () => {
  await client.table.send(
    new dynamodb.ExecuteStatementCommand({ Statement: "SELECT * FROM Catalog" }),
  );
  expect(client.needs().ok).toBe(false);
  await client.table.send(
    new dynamodb.BatchExecuteStatementCommand({ Statements: [{ Statement: "x" }] }),
  );
  expect(client.needs().ok).toBe(false);
  await client.table.send(
    new dynamodb.ExecuteTransactionCommand({ TransactStatements: [{ Statement: "x" }] }),
  );
  expect(client.needs().ok).toBe(false);
  await client.table.send(
    new dynamodb.UpdateTableCommand({
      TableName: "Catalog",
      ReplicaUpdates: [{ Create: { RegionName: "eu-west-1" } }],
    }),
  );
  expect(client.needs().ok).toBe(false);
  for (const target of [
    "DynamoDB_20120810.GetSecrets",
    "DynamoDB_20120810.constructor",
    "DynamoDBStreams.GetRecords",
    "",
  ]) {
    expect(dynamodbNeeds(target, { TableName: "Catalog" }, PLACE, KNOWN).ok).toBe(false);
  }
  expect(dynamodbNeeds("DynamoDB_20120810.GetItem", null, PLACE, KNOWN).ok).toBe(false);
});

test("a call about a table needs its action on the table, and ListTables on all resources", async () => {
  await client.table.send(new dynamodb.DescribeTableCommand({ TableName: "Catalog" }));
  expect(client.actions()).toStrictEqual([`dynamodb:DescribeTable ${TABLE}`]);
  await client.table.send(
    new dynamodb.UpdateTimeToLiveCommand({
      TableName: "Catalog",
      TimeToLiveSpecification: { Enabled: true, AttributeName: "expiresAt" },
    }),
  );
  expect(client.actions()).toStrictEqual([`dynamodb:UpdateTimeToLive ${TABLE}`]);
  await client.table.send(new dynamodb.ListTagsOfResourceCommand({ ResourceArn: TABLE }));
  expect(client.actions()).toStrictEqual([`dynamodb:ListTagsOfResource ${TABLE}`]);
  await client.table.send(new dynamodb.ListTablesCommand({}));
  expect(client.actions()).toStrictEqual(["dynamodb:ListTables *"]);
});

test("CreateTable with tags and a policy also needs TagResource and PutResourcePolicy", async () => {
  await client.table.send(
    new dynamodb.CreateTableCommand({
      TableName: "Catalog",
      Tags: [{ Key: "app", Value: "waybill" }],
      ResourcePolicy: "{}",
    }),
  );
  const derivation = client.needs();

  expect(derivation.ok && derivation.requirements.map(({ action }) => action)).toStrictEqual([
    "dynamodb:CreateTable",
    "dynamodb:TagResource",
    "dynamodb:PutResourcePolicy",
  ]);
  expect(derivation.ok && derivation.requirements[0]?.context).toStrictEqual({
    "aws:TagKeys": ["app"],
    "aws:RequestTag/app": "waybill",
  });
});
