import * as dynamodb from "@aws-sdk/client-dynamodb";
import { UNKNOWN } from "@waybill/iam";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import type { Tables } from "../../../src/service/dynamodb/iam.ts";
import { KEY, openClient, UNKNOWN_TABLES } from "./needs.ts";

let client: Awaited<ReturnType<typeof openClient>>;
beforeAll(async () => {
  client = await openClient();
});
afterEach(() => client.clear());
afterAll(() => client.close());

describe("leading keys", () => {
  const leadingKeys = (tables?: Tables) => client.context(tables)["dynamodb:LeadingKeys"];

  test("are the partition keys of the items", async () => {
    await client.table.send(
      new dynamodb.PutItemCommand({ TableName: "Catalog", Item: { ...KEY, size: { N: "1" } } }),
    );
    expect(leadingKeys()).toStrictEqual(["files#00"]);
    await client.table.send(
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

  test("are known without a key schema if the key is a single attribute", async () => {
    await client.table.send(
      new dynamodb.GetItemCommand({ TableName: "Catalog", Key: { id: { S: "x" } } }),
    );

    expect(leadingKeys(UNKNOWN_TABLES)).toStrictEqual(["x"]);
  });

  test("are the partition key in the key condition of a query", async () => {
    const query = {
      TableName: "Catalog",
      KeyConditionExpression: "begins_with(sk, :sk) AND (#p = :pk)",
      ExpressionAttributeNames: { "#p": "pk" },
      ExpressionAttributeValues: { ":pk": { S: "files#01" }, ":sk": { S: "a" } },
    };
    await client.table.send(new dynamodb.QueryCommand(query));
    expect(leadingKeys()).toStrictEqual(["files#01"]);
    await client.table.send(new dynamodb.QueryCommand(query));
    expect(leadingKeys(UNKNOWN_TABLES)).toBe(UNKNOWN);
    await client.table.send(
      new dynamodb.QueryCommand({ ...query, KeyConditionExpression: "#p = :pk" }),
    );
    expect(leadingKeys(UNKNOWN_TABLES)).toStrictEqual(["files#01"]);
    const KeyConditions = {
      pk: { ComparisonOperator: "EQ" as const, AttributeValueList: [{ S: "old" }] },
    };
    await client.table.send(new dynamodb.QueryCommand({ TableName: "Catalog", KeyConditions }));
    expect(leadingKeys()).toStrictEqual(["old"]);
  });

  test("are the partition key of the index in a query of an index", async () => {
    await client.table.send(
      new dynamodb.QueryCommand({
        TableName: "Catalog",
        IndexName: "byTime",
        KeyConditionExpression: "byTimePk = :t AND pk = :p",
        ExpressionAttributeValues: { ":t": { S: "2026-11" }, ":p": { S: "p" } },
      }),
    );

    expect(leadingKeys()).toStrictEqual(["2026-11"]);
  });

  test("are unknown, not absent, if they cannot be derived", async () => {
    await client.table.send(
      new dynamodb.PutItemCommand({ TableName: "Catalog", Item: { pk: { S: "x" } } }),
    );
    expect(leadingKeys(UNKNOWN_TABLES)).toBe(UNKNOWN);
    const Catalog = [{ PutRequest: { Item: { pk: { S: "x" } } } }];
    await client.table.send(new dynamodb.BatchWriteItemCommand({ RequestItems: { Catalog } }));
    expect(leadingKeys(UNKNOWN_TABLES)).toBe(UNKNOWN);
    await client.table.send(
      new dynamodb.GetItemCommand({ TableName: "Catalog", Key: { other: { S: "x" } } }),
    );
    expect(leadingKeys()).toBe(UNKNOWN);
    await client.table.send(
      new dynamodb.GetItemCommand({ TableName: "Catalog", Key: { pk: { BOOL: true } } }),
    );
    expect(leadingKeys()).toBe(UNKNOWN);
  });

  test("are absent in a scan, as on AWS", async () => {
    await client.table.send(new dynamodb.ScanCommand({ TableName: "Catalog" }));

    expect(client.context()).not.toHaveProperty("dynamodb:LeadingKeys");
  });
});

describe("attributes", () => {
  const attributes = () => client.context()["dynamodb:Attributes"];

  test("are the top-level attributes in any part of the call, each once", async () => {
    await client.table.send(
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

  test("include those of legacy parameters", async () => {
    await client.table.send(
      new dynamodb.UpdateItemCommand({
        TableName: "Catalog",
        Key: { pk: { S: "x" } },
        AttributeUpdates: { a: { Action: "DELETE" } },
        Expected: { b: { Exists: false } },
      }),
    );
    expect(attributes()).toStrictEqual(["pk", "b", "a"]);
    await client.table.send(
      new dynamodb.ScanCommand({ TableName: "Catalog", AttributesToGet: ["c", "d"] }),
    );
    expect(attributes()).toStrictEqual(["c", "d"]);
  });

  test("include those of a table in a batch", async () => {
    const Catalog = { Keys: [KEY], ProjectionExpression: "size, etag" };
    await client.table.send(new dynamodb.BatchGetItemCommand({ RequestItems: { Catalog } }));

    expect(attributes()).toStrictEqual(["pk", "sk", "size", "etag"]);
  });

  test("are unknown if an expression cannot be parsed", async () => {
    await client.table.send(
      new dynamodb.GetItemCommand({
        TableName: "Catalog",
        Key: KEY,
        ProjectionExpression: "#missing",
      }),
    );
    expect(attributes()).toBe(UNKNOWN);
    await client.table.send(
      new dynamodb.GetItemCommand({
        TableName: "Catalog",
        Key: KEY,
        ProjectionExpression: "a; b",
      }),
    );
    expect(attributes()).toBe(UNKNOWN);
  });
});

test("Select is the given value or the default", async () => {
  const select = () => client.context()["dynamodb:Select"];
  await client.table.send(new dynamodb.QueryCommand({ TableName: "Catalog" }));
  expect(select()).toBe("ALL_ATTRIBUTES");
  await client.table.send(new dynamodb.QueryCommand({ TableName: "Catalog", IndexName: "byTime" }));
  expect(select()).toBe("ALL_PROJECTED_ATTRIBUTES");
  await client.table.send(
    new dynamodb.QueryCommand({ TableName: "Catalog", ProjectionExpression: "a" }),
  );
  expect(select()).toBe("SPECIFIC_ATTRIBUTES");
  await client.table.send(new dynamodb.QueryCommand({ TableName: "Catalog", Select: "COUNT" }));
  expect(select()).toBe("COUNT");
});
