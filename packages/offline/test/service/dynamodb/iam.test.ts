import * as dynamodb from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { UNKNOWN } from "@waybill/iam";

import { dynamodbNeeds, type Tables } from "../../../src/service/dynamodb/iam.ts";
import { type Capture, startCapture } from "../wire.ts";

const ACCOUNT = "111122223333";
const PLACE = { region: "us-east-1", accountId: ACCOUNT };
const TABLE = `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/Catalog`;

let server: Capture;
let table: dynamodb.DynamoDBClient;

beforeAll(async () => {
  server = await startCapture();
  table = new dynamodb.DynamoDBClient({
    endpoint: server.url,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIAOFFLINE000000001", secretAccessKey: "s" },
    maxAttempts: 1,
  });
});
afterAll(() => server.close());
afterEach(() => {
  server.take();
});

const KNOWN: Tables = {
  partitionKeyOf: (_table, index) => (index === undefined ? "pk" : `${index}Pk`),
};
const UNKNOWN_TABLES: Tables = { partitionKeyOf: () => undefined };

/** What the one request that was sent needs. */
function needs(tables: Tables = KNOWN) {
  const [request, ...others] = server.take();
  if (!request || others.length > 0) throw new Error("expected exactly one request");
  const target = String(request.headers["x-amz-target"]);
  return dynamodbNeeds(target, JSON.parse(request.body.toString()), PLACE, tables);
}

/** Actions and resources only. */
function actions(tables?: Tables): string[] {
  const derivation = needs(tables);
  if (!derivation.ok) return [derivation.problem];
  return derivation.requirements.map(({ action, resource }) => `${action} ${resource}`);
}

function contextOf(tables?: Tables): Record<string, unknown> {
  const derivation = needs(tables);
  return derivation.ok ? (derivation.requirements[0]?.context ?? {}) : {};
}

const KEY = { pk: { S: "files#00" }, sk: { S: "a/key" } };

test("a call about one item asks for its own action on the table", async () => {
  await table.send(new dynamodb.GetItemCommand({ TableName: "Catalog", Key: KEY }));
  expect(actions()).toStrictEqual([`dynamodb:GetItem ${TABLE}`]);
  await table.send(new dynamodb.PutItemCommand({ TableName: "Catalog", Item: KEY }));
  expect(actions()).toStrictEqual([`dynamodb:PutItem ${TABLE}`]);
  await table.send(new dynamodb.UpdateItemCommand({ TableName: "Catalog", Key: KEY }));
  expect(actions()).toStrictEqual([`dynamodb:UpdateItem ${TABLE}`]);
  await table.send(new dynamodb.DeleteItemCommand({ TableName: "Catalog", Key: KEY }));
  expect(actions()).toStrictEqual([`dynamodb:DeleteItem ${TABLE}`]);
});

test("a table may be given by its ARN, of another account too", async () => {
  const arn = "arn:aws:dynamodb:eu-west-1:444455556666:table/Catalog";
  await table.send(new dynamodb.GetItemCommand({ TableName: arn, Key: KEY }));

  expect(actions()).toStrictEqual([`dynamodb:GetItem ${arn}`]);
});

test.each([
  "a*",
  "Cat?log",
  "",
  "a/b",
  `${TABLE}/index/x`,
  "arn:aws:dynamodb:*:*:table/Catalog",
  "a:b",
])("the table %j is none", async (TableName) => {
  await table.send(new dynamodb.GetItemCommand({ TableName, Key: KEY }));

  expect(needs().ok).toBe(false);
});

test("a query or scan of an index asks for the index", async () => {
  const search = { TableName: "Catalog", IndexName: "byTime" };
  await table.send(new dynamodb.QueryCommand(search));
  expect(actions()).toStrictEqual([`dynamodb:Query ${TABLE}/index/byTime`]);
  await table.send(new dynamodb.ScanCommand(search));
  expect(actions()).toStrictEqual([`dynamodb:Scan ${TABLE}/index/byTime`]);
  await table.send(new dynamodb.ScanCommand({ TableName: "Catalog" }));
  expect(actions()).toStrictEqual([`dynamodb:Scan ${TABLE}`]);
  await table.send(new dynamodb.QueryCommand({ ...search, IndexName: "../x" }));
  expect(needs().ok).toBe(false);
});

test("a batch asks for every one of its tables", async () => {
  await table.send(
    new dynamodb.BatchGetItemCommand({
      RequestItems: { Catalog: { Keys: [KEY] }, Other: { Keys: [KEY] } },
    }),
  );
  expect(actions()).toStrictEqual([
    `dynamodb:BatchGetItem ${TABLE}`,
    `dynamodb:BatchGetItem arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/Other`,
  ]);
  await table.send(
    new dynamodb.BatchWriteItemCommand({
      RequestItems: { Catalog: [{ PutRequest: { Item: KEY } }, { DeleteRequest: { Key: KEY } }] },
    }),
  );
  expect(actions()).toStrictEqual([`dynamodb:BatchWriteItem ${TABLE}`]);
});

test("a transaction asks for what each of its items does, and says that it is one", async () => {
  const item = { TableName: "Catalog", Key: KEY };
  await table.send(
    new dynamodb.TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: "Catalog", Item: KEY } },
        { Update: { ...item, UpdateExpression: "SET a = :a" } },
        { Delete: item },
        { ConditionCheck: { ...item, ConditionExpression: "attribute_exists(pk)" } },
      ],
    }),
  );
  const written = needs();
  await table.send(new dynamodb.TransactGetItemsCommand({ TransactItems: [{ Get: item }] }));

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
  expect(needs()).toMatchObject({
    requirements: [
      {
        action: "dynamodb:GetItem",
        context: { "dynamodb:EnclosingOperation": "TransactGetItems" },
      },
    ],
  });
});

test("denies a batch or a transaction without items, which no policy could deny", async () => {
  await table.send(new dynamodb.BatchGetItemCommand({ RequestItems: {} }));
  expect(needs()).toMatchObject({
    ok: false,
    problem: expect.stringContaining("names no resource"),
  });
  await table.send(new dynamodb.TransactWriteItemsCommand({ TransactItems: [] }));
  expect(needs().ok).toBe(false);
});

test("an item of a transaction or batch that is of two kinds, or of none, is unknown", () => {
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

test("PartiQL, replicas and what is not known are unknown", async () => {
  await table.send(new dynamodb.ExecuteStatementCommand({ Statement: "SELECT * FROM Catalog" }));
  expect(needs().ok).toBe(false);
  await table.send(new dynamodb.BatchExecuteStatementCommand({ Statements: [{ Statement: "x" }] }));
  expect(needs().ok).toBe(false);
  await table.send(
    new dynamodb.ExecuteTransactionCommand({ TransactStatements: [{ Statement: "x" }] }),
  );
  expect(needs().ok).toBe(false);
  await table.send(
    new dynamodb.UpdateTableCommand({
      TableName: "Catalog",
      ReplicaUpdates: [{ Create: { RegionName: "eu-west-1" } }],
    }),
  );
  expect(needs().ok).toBe(false);
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

test("a call about the table asks for it, a list for everything", async () => {
  await table.send(new dynamodb.DescribeTableCommand({ TableName: "Catalog" }));
  expect(actions()).toStrictEqual([`dynamodb:DescribeTable ${TABLE}`]);
  await table.send(
    new dynamodb.UpdateTimeToLiveCommand({
      TableName: "Catalog",
      TimeToLiveSpecification: { Enabled: true, AttributeName: "expiresAt" },
    }),
  );
  expect(actions()).toStrictEqual([`dynamodb:UpdateTimeToLive ${TABLE}`]);
  await table.send(new dynamodb.ListTagsOfResourceCommand({ ResourceArn: TABLE }));
  expect(actions()).toStrictEqual([`dynamodb:ListTagsOfResource ${TABLE}`]);
  await table.send(new dynamodb.ListTablesCommand({}));
  expect(actions()).toStrictEqual(["dynamodb:ListTables *"]);
});

test("creating a table with tags and a policy asks for those too", async () => {
  await table.send(
    new dynamodb.CreateTableCommand({
      TableName: "Catalog",
      Tags: [{ Key: "app", Value: "waybill" }],
      ResourcePolicy: "{}",
    }),
  );
  const derivation = needs();

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

describe("leading keys", () => {
  const leadingKeys = (tables?: Tables) => contextOf(tables)["dynamodb:LeadingKeys"];

  test("are the partition keys of the items, by the name of the key", async () => {
    await table.send(
      new dynamodb.PutItemCommand({ TableName: "Catalog", Item: { ...KEY, size: { N: "1" } } }),
    );
    expect(leadingKeys()).toStrictEqual(["files#00"]);
    await table.send(
      new dynamodb.BatchWriteItemCommand({
        RequestItems: {
          Catalog: [
            { PutRequest: { Item: KEY } },
            { DeleteRequest: { Key: { pk: { N: "7" }, sk: { S: "" } } } },
          ],
        },
      }),
    );
    expect(leadingKeys()).toStrictEqual(["files#00", "7"]);
  });

  test("need no name where the key is a single attribute", async () => {
    await table.send(
      new dynamodb.GetItemCommand({ TableName: "Catalog", Key: { id: { S: "x" } } }),
    );

    expect(leadingKeys(UNKNOWN_TABLES)).toStrictEqual(["x"]);
  });

  test("are those of a query's condition", async () => {
    const query = {
      TableName: "Catalog",
      KeyConditionExpression: "begins_with(sk, :sk) AND (#p = :pk)",
      ExpressionAttributeNames: { "#p": "pk" },
      ExpressionAttributeValues: { ":pk": { S: "files#01" }, ":sk": { S: "a" } },
    };
    await table.send(new dynamodb.QueryCommand(query));
    expect(leadingKeys()).toStrictEqual(["files#01"]);
    await table.send(new dynamodb.QueryCommand(query));
    expect(leadingKeys(UNKNOWN_TABLES)).toBe(UNKNOWN);
    await table.send(new dynamodb.QueryCommand({ ...query, KeyConditionExpression: "#p = :pk" }));
    expect(leadingKeys(UNKNOWN_TABLES)).toStrictEqual(["files#01"]);
    const KeyConditions = {
      pk: { ComparisonOperator: "EQ" as const, AttributeValueList: [{ S: "old" }] },
    };
    await table.send(new dynamodb.QueryCommand({ TableName: "Catalog", KeyConditions }));
    expect(leadingKeys()).toStrictEqual(["old"]);
  });

  test("are of the index where one is queried", async () => {
    await table.send(
      new dynamodb.QueryCommand({
        TableName: "Catalog",
        IndexName: "byTime",
        KeyConditionExpression: "byTimePk = :t AND pk = :p",
        ExpressionAttributeValues: { ":t": { S: "2026-11" }, ":p": { S: "p" } },
      }),
    );

    expect(leadingKeys()).toStrictEqual(["2026-11"]);
  });

  test("are unknown, not absent, where they cannot be told", async () => {
    await table.send(
      new dynamodb.PutItemCommand({ TableName: "Catalog", Item: { pk: { S: "x" } } }),
    );
    expect(leadingKeys(UNKNOWN_TABLES)).toBe(UNKNOWN);
    const Catalog = [{ PutRequest: { Item: { pk: { S: "x" } } } }];
    await table.send(new dynamodb.BatchWriteItemCommand({ RequestItems: { Catalog } }));
    expect(leadingKeys(UNKNOWN_TABLES)).toBe(UNKNOWN);
    await table.send(
      new dynamodb.GetItemCommand({ TableName: "Catalog", Key: { other: { S: "x" } } }),
    );
    expect(leadingKeys()).toBe(UNKNOWN);
    await table.send(
      new dynamodb.GetItemCommand({ TableName: "Catalog", Key: { pk: { BOOL: true } } }),
    );
    expect(leadingKeys()).toBe(UNKNOWN);
  });

  test("are absent in a scan, as on AWS", async () => {
    await table.send(new dynamodb.ScanCommand({ TableName: "Catalog" }));

    expect(contextOf()).not.toHaveProperty("dynamodb:LeadingKeys");
  });
});

describe("attributes", () => {
  const attributes = () => contextOf()["dynamodb:Attributes"];

  test("are those that any part of the call names, at the top level, once", async () => {
    await table.send(
      new dynamodb.UpdateItemCommand({
        TableName: "Catalog",
        Key: KEY,
        UpdateExpression:
          "SET #s = if_not_exists(first, :a), tags[0].#name.deep = list_append(tags, :b), n = n - :c REMOVE old ADD hits :d",
        ConditionExpression:
          "attribute_not_exists(pk) OR size(body) >= :a AND NOT (#s IN (:a, :b)) AND x BETWEEN :a AND :b",
        ExpressionAttributeNames: { "#s": "sequencer", "#name": "nested" },
      }),
    );

    expect(attributes()).toStrictEqual([
      "pk",
      "sk",
      "sequencer",
      "first",
      "tags",
      "n",
      "old",
      "hits",
      "body",
      "x",
    ]);
  });

  test("are those of an old-style call", async () => {
    await table.send(
      new dynamodb.UpdateItemCommand({
        TableName: "Catalog",
        Key: { pk: { S: "x" } },
        AttributeUpdates: { a: { Action: "DELETE" } },
        Expected: { b: { Exists: false } },
      }),
    );
    expect(attributes()).toStrictEqual(["pk", "b", "a"]);
    await table.send(
      new dynamodb.ScanCommand({ TableName: "Catalog", AttributesToGet: ["c", "d"] }),
    );
    expect(attributes()).toStrictEqual(["c", "d"]);
  });

  test("are those of a batch's table", async () => {
    const Catalog = { Keys: [KEY], ProjectionExpression: "size, etag" };
    await table.send(new dynamodb.BatchGetItemCommand({ RequestItems: { Catalog } }));

    expect(attributes()).toStrictEqual(["pk", "sk", "size", "etag"]);
  });

  test("are unknown where an expression cannot be read", async () => {
    await table.send(
      new dynamodb.GetItemCommand({
        TableName: "Catalog",
        Key: KEY,
        ProjectionExpression: "#missing",
      }),
    );
    expect(attributes()).toBe(UNKNOWN);
    await table.send(
      new dynamodb.GetItemCommand({
        TableName: "Catalog",
        Key: KEY,
        ProjectionExpression: "a; b",
      }),
    );
    expect(attributes()).toBe(UNKNOWN);
  });
});

test("Select is what is given, or what it is by default", async () => {
  const select = () => contextOf()["dynamodb:Select"];
  await table.send(new dynamodb.QueryCommand({ TableName: "Catalog" }));
  expect(select()).toBe("ALL_ATTRIBUTES");
  await table.send(new dynamodb.QueryCommand({ TableName: "Catalog", IndexName: "byTime" }));
  expect(select()).toBe("ALL_PROJECTED_ATTRIBUTES");
  await table.send(new dynamodb.QueryCommand({ TableName: "Catalog", ProjectionExpression: "a" }));
  expect(select()).toBe("SPECIFIC_ATTRIBUTES");
  await table.send(new dynamodb.QueryCommand({ TableName: "Catalog", Select: "COUNT" }));
  expect(select()).toBe("COUNT");
});
