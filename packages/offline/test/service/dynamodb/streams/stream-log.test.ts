import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import type { Clock } from "../../../../src/ground/clock.ts";
import { SYSTEM_CLOCK } from "../../../../src/ground/clock.ts";
import { Dynamo } from "../../../../src/service/dynamodb/dynamo.ts";
import { ManualClock } from "../../events/manual-clock.ts";
import { settings, stream } from "../crash-table.ts";

const { arn } = stream;

function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "streams-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a table with a stream, unless `streamed` is not set. */
async function open(folder: string, streamed = true, clock: Clock = SYSTEM_CLOCK): Promise<Dynamo> {
  const dynamo = new Dynamo(folder, { clock, region: "us-east-1" });
  await dynamo.ensureTable(settings, streamed ? { stream } : {});
  return dynamo;
}

async function call(dynamo: Dynamo, operation: string, input: object) {
  const { status, body } = await dynamo.handle(
    `DynamoDB_20120810.${operation}`,
    Buffer.from(JSON.stringify(input)),
  );
  if (status !== 200) throw new Error(body);
  return JSON.parse(body) as Record<string, unknown>;
}

const keyOf = (sk: string) => ({ pk: { S: "p" }, sk: { S: sk } });
const TableName = settings.TableName;
const put = (dynamo: Dynamo, sk: string, at: number) =>
  call(dynamo, "PutItem", { TableName, Item: { ...keyOf(sk), at: { N: String(at) } } });

const changesOf = async (dynamo: Dynamo, after = 0) =>
  (await dynamo.streams.read(arn, after, 10_000)).map(({ change }) => change);

test("every kind of write has its record", async () => {
  const dynamo = await open(temporaryFolder());
  await put(dynamo, "a", 1);
  await call(dynamo, "UpdateItem", {
    TableName,
    Key: keyOf("a"),
    UpdateExpression: "SET #at = #at + :one",
    ExpressionAttributeNames: { "#at": "at" },
    ExpressionAttributeValues: { ":one": { N: "1" } },
  });
  await call(dynamo, "BatchWriteItem", {
    RequestItems: { [TableName]: [{ DeleteRequest: { Key: keyOf("a") } }] },
  });
  await call(dynamo, "UpdateItem", { TableName, Key: keyOf("b") });
  await call(dynamo, "DeleteItem", { TableName, Key: keyOf("b") });
  const changes = await changesOf(dynamo);
  await dynamo.close();

  expect(changes).toMatchObject([
    { name: "INSERT", newImage: { at: { N: "1" } } },
    { name: "MODIFY", oldImage: { at: { N: "1" } }, newImage: { at: { N: "2" } } },
    { name: "REMOVE", oldImage: { at: { N: "2" } } },
    { name: "INSERT", newImage: keyOf("b") },
    { name: "REMOVE", oldImage: keyOf("b") },
  ]);
});

test("a write that changes nothing or fails has no record", async () => {
  const dynamo = await open(temporaryFolder());
  await put(dynamo, "a", 1);
  await put(dynamo, "a", 1);
  await call(dynamo, "DeleteItem", { TableName, Key: keyOf("missing") });
  const rejected = call(dynamo, "DeleteItem", {
    TableName,
    Key: keyOf("a"),
    ConditionExpression: "attribute_not_exists(pk)",
  });
  await expect(rejected).rejects.toThrow("ConditionalCheckFailedException");
  const changes = await changesOf(dynamo);
  await dynamo.close();

  expect(changes).toHaveLength(1);
});

describe("positions", () => {
  test("continue when the table is opened again", async () => {
    const folder = temporaryFolder();
    const before = await open(folder);
    await put(before, "a", 1);
    await before.close();
    const after = await open(folder);
    await put(after, "a", 2);
    const records = await after.streams.read(arn, 0, 10);
    await after.close();

    expect(records.map(({ position }) => position)).toEqual([1, 2]);
  });

  test("continue after all records have expired", async () => {
    const folder = temporaryFolder();
    const clock = new ManualClock("2026-11-27T08:00:00Z");
    const before = await open(folder, true, clock);
    await put(before, "a", 1);
    clock.moveTo("2026-11-28T08:00:01Z");
    await expect.poll(() => before.streams.trimmed(arn), { timeout: 10_000 }).toBe(1);
    expect(await changesOf(before)).toEqual([]);
    await before.close();

    const after = await open(folder, true, clock);
    await put(after, "a", 2);
    const records = await after.streams.read(arn, 0, 10);
    await after.close();
    expect(records.map(({ position }) => position)).toEqual([2]);
  });
});

test("only records that are 24 hours old expire", async () => {
  const clock = new ManualClock("2026-11-27T08:00:00Z");
  const dynamo = await open(temporaryFolder(), true, clock);
  await put(dynamo, "a", 1);
  clock.moveTo("2026-11-27T09:00:00Z");
  await put(dynamo, "a", 2);
  clock.moveTo("2026-11-28T08:30:00Z");
  await expect.poll(() => dynamo.streams.trimmed(arn), { timeout: 10_000 }).toBe(1);
  const changes = await changesOf(dynamo);
  await dynamo.close();

  expect(changes).toMatchObject([{ newImage: { at: { N: "2" } } }]);
});

test("a table whose stream is turned off has no more records", async () => {
  const folder = temporaryFolder();
  const before = await open(folder);
  await put(before, "a", 1);
  await before.close();
  const after = await open(folder, false);
  await put(after, "a", 2);
  await after.streams.open(arn);
  const changes = await changesOf(after);
  const { Table } = await call(after, "DescribeTable", { TableName });
  await after.close();

  expect(changes).toHaveLength(1);
  expect(Table).not.toHaveProperty("StreamSpecification");
  expect(Table).not.toHaveProperty("LatestStreamArn");
});

test("a reader sees no record before those that are still being written", async () => {
  const dynamo = await open(temporaryFolder());
  const [table] = await dynamo.tables();
  if (table === undefined) throw new Error("the table does not exist");
  const slow = dynamo.streams.capture(table, undefined, { ...keyOf("slow") }, undefined);
  await put(dynamo, "fast", 1);
  const before = await changesOf(dynamo);
  slow?.done();
  const after = await changesOf(dynamo);
  await dynamo.close();

  expect(before).toEqual([]);
  // The slow write has failed: its record is not written.
  expect(after).toMatchObject([{ keys: keyOf("fast") }]);
});

test("a listener reads the records of simultaneous writes in order", async () => {
  const dynamo = await open(temporaryFolder());
  const seen: number[] = [];
  const more = async (before: Promise<void>) => {
    await before;
    const records = await dynamo.streams.read(arn, seen.at(-1) ?? 0, 10_000);
    seen.push(...records.map(({ position }) => position));
  };
  let read = Promise.resolve();
  const stop = dynamo.streams.listen(arn, () => {
    read = more(read);
  });
  await Promise.all(
    Array.from({ length: 300 }, (_, n) =>
      put(dynamo, `item-${n % 40}`, n * (n % 7 === 0 ? 1 : -1)),
    ),
  );
  await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(300);
  stop();
  await read;
  await dynamo.close();

  expect(seen).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
});
