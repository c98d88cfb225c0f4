import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";

import { expect, onTestFinished, test } from "vitest";

import { Dynamo } from "../../../src/service/dynamodb/dynamo.ts";
import type { Change } from "../../../src/service/dynamodb/streams/change.ts";
import { ITEMS, settings, stream } from "./crash-table.ts";

const WRITER = new URL("./crash-writer.ts", import.meta.url).pathname;

/** Runs the writer, and kills it as soon as it has printed this number of lines. */
async function writeAndKill(
  dir: string,
  from: number,
  lines: number,
  acknowledged: Map<string, number>,
): Promise<void> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", WRITER, dir, String(from)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let left = lines;
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const [item = "", n] = line.split(" ");
    acknowledged.set(item, Number(n));
    left -= 1;
    if (left === 0) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
}

/** Reads the number of each item from the table or an index. */
async function read(dynamo: Dynamo, IndexName?: string): Promise<[item: string, n: number][]> {
  const query = {
    TableName: settings.TableName,
    IndexName,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: "p" } },
  };
  const { status, body } = await dynamo.handle(
    "DynamoDB_20120810.Query",
    Buffer.from(JSON.stringify(query)),
  );
  expect(status).toBe(200);
  const { Items } = JSON.parse(body) as { Items: { sk: { S: string }; at: { N: string } }[] };
  return Items.map(({ sk, at }): [string, number] => [sk.S, Number(at.N)]).toSorted(
    ([a, m], [b, n]) => a.localeCompare(b) || m - n,
  );
}

/** Replays the stream. Each record must follow from the one before it of the same item. */
async function replay(dynamo: Dynamo): Promise<[item: string, n: number][]> {
  const items = new Map<string, Change["newImage"]>();
  await dynamo.streams.open(stream.arn);
  for (const { change } of await dynamo.streams.read(stream.arn, 0, 100_000)) {
    const item = String(change.keys["sk"]?.["S"]);
    expect(change.oldImage).toEqual(items.get(item));
    items.set(item, change.newImage);
  }
  return [...items]
    .map(([item, image]): [string, number] => [item, Number(image?.["at"]?.["N"])])
    .toSorted(([a], [b]) => a.localeCompare(b));
}

test("kill -9 loses no acknowledged update, and leaves index and stream consistent with the table", async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "dynamo-crash-"));
  onTestFinished(() => fs.rmSync(dir, { recursive: true, force: true }));
  const acknowledged = new Map<string, number>();

  for (const [round, lines] of [7, 31, 12, 44, 19, 61].entries()) {
    await writeAndKill(dir, round * 1000, lines, acknowledged);
    const dynamo = new Dynamo(dir);
    const [items, indexed] = [await read(dynamo), await read(dynamo, "byTime")];
    const replayed = await replay(dynamo);
    await dynamo.close();

    const lost = ITEMS.filter(
      (item) => (new Map(items).get(item) ?? -1) < (acknowledged.get(item) ?? -1),
    );
    expect(lost).toEqual([]);
    expect(indexed).toEqual(items);
    expect(replayed).toEqual(items);
  }
});
