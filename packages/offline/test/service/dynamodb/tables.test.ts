import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { Dynamo, type TableSettings } from "../../../src/service/dynamodb/dynamo.ts";

const settings: TableSettings = {
  TableName: "things",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
    { AttributeName: "at", AttributeType: "N" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: "byTime",
      KeySchema: [{ AttributeName: "at", KeyType: "HASH" }],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: "byAge",
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "at", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["a", "b"] },
    },
  ],
  BillingMode: "PAY_PER_REQUEST",
};

function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "dynamo-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function call(dynamo: Dynamo, operation: string, input: unknown) {
  const { status, body } = await dynamo.handle(
    `DynamoDB_20120810.${operation}`,
    Buffer.from(JSON.stringify(input)),
  );
  return { status, body: JSON.parse(body) as Record<string, unknown> };
}

const item = { pk: { S: "a" }, sk: { S: "b" }, at: { N: "1" } };

test("keeps tables and items when the folder is opened again", async () => {
  const folder = temporaryFolder();
  const before = new Dynamo(folder);
  await before.ensureTable(settings);
  await call(before, "PutItem", { TableName: "things", Item: item });
  await before.close();

  const after = new Dynamo(folder);
  await after.ensureTable(settings);
  const found = await call(after, "Query", {
    TableName: "things",
    IndexName: "byAge",
    KeyConditionExpression: "pk = :pk AND #at > :at",
    ExpressionAttributeNames: { "#at": "at" },
    ExpressionAttributeValues: { ":pk": { S: "a" }, ":at": { N: "0" } },
  });
  await after.close();

  expect(found).toMatchObject({ status: 200, body: { Items: [item] } });
});

/** Returns a changed copy of the settings. */
const changed = (change: (settings: TableSettings) => void) => {
  const copy = structuredClone(settings);
  change(copy);
  return copy;
};

test.each([
  ["another sort key", changed(({ KeySchema }) => KeySchema.splice(1, 1))],
  [
    "a key of another type",
    changed(({ AttributeDefinitions: [, sk] }) => sk && (sk.AttributeType = "N")),
  ],
  ["one index less", changed((table) => delete table.GlobalSecondaryIndexes)],
  ["one local index less", changed((table) => delete table.LocalSecondaryIndexes)],
  [
    "an index with another projection",
    changed(({ GlobalSecondaryIndexes: [index] = [] }) => {
      if (index) index.Projection.ProjectionType = "ALL";
    }),
  ],
  [
    "an index with another projected attribute",
    changed(({ LocalSecondaryIndexes: [index] = [] }) => {
      if (index) index.Projection.NonKeyAttributes = ["a", "c"];
    }),
  ],
])("rejects a table with %s, and says what to do", async (_, other) => {
  const dynamo = new Dynamo(temporaryFolder());
  onTestFinished(() => dynamo.close());
  await dynamo.ensureTable(settings);

  await expect(dynamo.ensureTable(other)).rejects.toMatchObject({
    code: "table.changed",
    message: expect.stringMatching(/table things .* remove --stage <stage>$/s),
  });
});

test("accepts indexes and attributes in another order", async () => {
  const dynamo = new Dynamo(temporaryFolder());
  onTestFinished(() => dynamo.close());
  await dynamo.ensureTable(settings);

  const same = changed(({ AttributeDefinitions, LocalSecondaryIndexes: [index] = [] }) => {
    AttributeDefinitions.reverse();
    index?.Projection.NonKeyAttributes?.reverse();
  });
  await expect(dynamo.ensureTable(same)).resolves.toBeUndefined();
});

test("reports why DynamoDB rejects a table", async () => {
  const dynamo = new Dynamo(temporaryFolder());
  onTestFinished(() => dynamo.close());

  await expect(
    dynamo.ensureTable(changed((table) => (table.TableName = "a/b"))),
  ).rejects.toMatchObject({ code: "table.invalid", message: expect.stringContaining("a/b") });
});

test("returns the error of DynamoDB for an unknown operation", async () => {
  const dynamo = new Dynamo(temporaryFolder());
  onTestFinished(() => dynamo.close());

  expect(await call(dynamo, "FlyToTheMoon", {})).toMatchObject({
    status: 400,
    body: { __type: expect.stringContaining("UnknownOperationException") },
  });
});
