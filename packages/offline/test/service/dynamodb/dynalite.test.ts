import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";

import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { Dynamo } from "../../../src/service/dynamodb/dynamo.ts";
import { settings } from "./crash-table.ts";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "dynalite-"));
const dynamo = new Dynamo(dir);
const server = http.createServer((request, response) => {
  void (async () => {
    const target = String(request.headers["x-amz-target"]);
    const { status, headers, body } = await dynamo.handle(target, await buffer(request));
    response.writeHead(status, headers).end(body);
  })();
});

let client: DynamoDBClient;
beforeAll(async () => {
  await dynamo.ensureTable(settings);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "s" },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  server.close();
  await dynamo.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

const TableName = settings.TableName;
const KEY = { pk: { S: "p" }, sk: { S: "a" } };
const OLD = { ...KEY, at: { N: "1" }, text: { S: "old" } };

beforeEach(async () => {
  await client.send(new PutItemCommand({ TableName, Item: OLD }));
});

/** The item in the error of a condition that does not hold. */
async function itemOf(request: Promise<unknown>): Promise<unknown> {
  try {
    await request;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error.Item;
    throw error;
  }
  throw new Error("the condition holds");
}

describe("a condition that does not hold", () => {
  const condition = { TableName, ConditionExpression: "attribute_not_exists(pk)" };
  const returned = { ...condition, ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
  const update = {
    Key: KEY,
    UpdateExpression: "SET #t = :t",
    ExpressionAttributeNames: { "#t": "text" },
    ExpressionAttributeValues: { ":t": { S: "new" } },
  };

  test("returns the item with ALL_OLD, from each write", async () => {
    const requests = [
      client.send(new PutItemCommand({ ...returned, Item: KEY })),
      client.send(new UpdateItemCommand({ ...returned, ...update })),
      client.send(new DeleteItemCommand({ ...returned, Key: KEY })),
    ];
    for (const request of requests) expect(await itemOf(request)).toEqual(OLD);
  });

  test.each([undefined, "NONE"] as const)("returns no item with %s", async (value) => {
    const request = {
      ...condition,
      ...update,
      ...(value && { ReturnValuesOnConditionCheckFailure: value }),
    };
    expect(await itemOf(client.send(new UpdateItemCommand(request)))).toBeUndefined();
  });

  test("returns no item if there is none", async () => {
    const request = {
      ...returned,
      ...update,
      Key: { ...KEY, sk: { S: "none" } },
      ConditionExpression: "attribute_exists(pk)",
    };
    expect(await itemOf(client.send(new UpdateItemCommand(request)))).toBeUndefined();
  });

  test("is refused with an unknown value of the parameter", async () => {
    const request = { ...returned, ...update, ReturnValuesOnConditionCheckFailure: "ALL" as never };
    await expect(client.send(new UpdateItemCommand(request))).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("returnValuesOnConditionCheckFailure"),
    });
  });
});

/** An object with own members, whatever their names are. */
const own = (...entries: [string, AttributeValue][]) =>
  Object.assign(Object.create(null) as Record<string, AttributeValue>, Object.fromEntries(entries));

describe.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])(
  "an attribute and a member of a map named %s",
  (name) => {
    const value = { S: "x".repeat(10) };
    const item = Object.fromEntries([
      ...Object.entries(KEY),
      ["at", { N: "1" }],
      [name, value],
      ["map", { M: Object.fromEntries([[name, value]]) }],
    ]) as Record<string, AttributeValue>;
    const names = { "#n": name, "#m": "map" };

    test("do not exist if they are not there", async () => {
      const found = await client.send(
        new ScanCommand({
          TableName,
          FilterExpression: "attribute_exists(#n) OR attribute_exists(#m.#n)",
          ExpressionAttributeNames: names,
        }),
      );
      expect(found.Items).toEqual([]);
    });

    test("are stored, read, projected and found", async () => {
      await client.send(new PutItemCommand({ TableName, Item: item }));
      const get = Buffer.from(JSON.stringify({ TableName, Key: KEY }));
      // The raw response: the SDK loses the value of an attribute that is named `__proto__`.
      const { body } = await dynamo.handle("DynamoDB_20120810.GetItem", get);
      const { Item } = JSON.parse(body) as { Item: Record<string, AttributeValue> };
      expect(sorted(Item)).toEqual(sorted(item));
      const found = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: "pk = :p",
          FilterExpression: "#n = :v AND #m.#n = :v",
          ProjectionExpression: "#n, #m.#n",
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: { ":p": { S: "p" }, ":v": value },
        }),
      );
      const [projected] = found.Items ?? [];
      expect(Object.keys(projected ?? {}).toSorted()).toEqual([name, "map"].toSorted());
    });

    test("are set and removed by an update, and tested by its condition", async () => {
      const update = { TableName, Key: KEY, ExpressionAttributeNames: names };
      await client.send(
        new UpdateItemCommand({
          ...update,
          UpdateExpression: "SET #m = :m, #n = if_not_exists(#n, :v)",
          ConditionExpression: "attribute_not_exists(#n)",
          ExpressionAttributeValues: { ":v": value, ":m": { M: own() } },
        }),
      );
      await client.send(
        new UpdateItemCommand({
          ...update,
          UpdateExpression: "SET #m.#n = :v",
          ConditionExpression: "#n = :v AND attribute_not_exists(#m.#n)",
          ExpressionAttributeValues: { ":v": value },
        }),
      );
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          ...update,
          UpdateExpression: "REMOVE #n, #m.#n",
          ConditionExpression: "#m.#n = :v",
          ExpressionAttributeValues: { ":v": value },
          ReturnValues: "ALL_NEW",
        }),
      );
      expect(Object.keys(Attributes ?? {}).toSorted()).toEqual(["at", "map", "pk", "sk", "text"]);
      expect(Attributes?.["map"]).toEqual({ M: {} });
    });
  },
);

function sorted(item: Record<string, AttributeValue> | undefined) {
  return Object.entries(item ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
