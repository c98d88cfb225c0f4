import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { DeleteCommand, DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { get } from "@waybill/core/catalog";
import { completeness } from "@waybill/core/completeness";
import { recordKey } from "@waybill/core/catalog/keys";
import { Resource } from "sst";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";

import { waybill } from "@waybill/cli/test/waybill";
import { bucket, offline, recordOf, s3, stageEnv, unique } from "../support.ts";

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));

const Answer = z.object({
  differences: z.array(z.object({ kind: z.string(), key: z.string() })),
  summary: z.object({ complete: z.boolean(), objects: z.number(), usd: z.number() }),
});

async function run(command: string, ...args: string[]) {
  const { code, stdout, stderr } = await waybill([command, ...args, "--json"], stageEnv);
  return { code, stderr, ...Answer.parse(JSON.parse(stdout)) };
}

const Last = z.object({
  completeAsOf: z.nullable(z.string()),
  passes: z.array(z.looseObject({ prefix: z.string() })),
});

/** What is known about the passes over a prefix itself. */
async function lastOf(prefix: string) {
  const { stdout } = await waybill(["verify", prefix, "--last", "--json"], stageEnv);
  return Last.parse(JSON.parse(stdout));
}

const at = (key: string) => ({ TableName: Resource.Catalog.name, Key: recordKey(bucket, key) });

async function put(key: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "x" }));
  await recordOf(key, { state: "present" });
}

// On a stage in AWS, the role of the test may not write to the catalog.
describe.runIf(offline)("waybill verify, repair and backfill", () => {
  test("find and repair what events never reported", async () => {
    const prefix = unique("");
    const [equal, missing, ghost, different] = ["equal", "missing", "ghost ü", "different"].map(
      (name) => prefix + name,
    ) as [string, string, string, string];
    for (const key of [equal, missing, ghost, different]) await put(key);
    await dynamodb.send(new DeleteCommand(at(missing)));
    const item = { ...at(ghost), Key: recordKey(bucket, `${ghost} 2`) };
    await dynamodb.send(
      new UpdateCommand({
        ...item,
        UpdateExpression: "SET #state = :p, sequencer = :s, #event = :e, rev = :r, #object = :o",
        ExpressionAttributeNames: { "#state": "state", "#event": "event", "#object": "object" },
        ExpressionAttributeValues: {
          ":p": "present",
          ":s": "00",
          ":r": "r",
          ":e": { name: "ObjectCreated:Put", time: "2026-01-01T00:00:00.000Z" },
          ":o": { size: 1, etag: "e", lastModified: "2026-01-01T00:00:00.000Z" },
        },
      }),
    );
    await dynamodb.send(
      new UpdateCommand({
        ...at(different),
        UpdateExpression: "SET #object.etag = :e",
        ExpressionAttributeNames: { "#object": "object" },
        ExpressionAttributeValues: { ":e": "other" },
      }),
    );
    const expected = expect.arrayContaining([
      expect.objectContaining({ kind: "missing", key: missing }),
      expect.objectContaining({ kind: "ghost", key: `${ghost} 2` }),
      expect.objectContaining({ kind: "different", key: different }),
    ]);

    const found = await run("verify", prefix);
    expect(found).toMatchObject({ code: 1, differences: expected, summary: { objects: 4 } });
    expect(found.differences).toHaveLength(3);
    expect(await lastOf(prefix)).toEqual({ completeAsOf: null, passes: [] });
    expect(await get(missing)).toBeUndefined();

    const repaired = await run("repair", prefix);
    expect(repaired).toMatchObject({ code: 0, differences: expected });
    expect(await run("verify", prefix)).toMatchObject({ code: 0, differences: [] });
    const { completeAsOf, passes } = await lastOf(prefix);
    expect(passes).toMatchObject([{ prefix, objects: 4 }]);
    expect(completeAsOf).toMatch(/^\d{4}-/);
    expect(await completeness(`${prefix}below`)).toMatchObject({ completeAsOf });
    expect(await get(missing)).toMatchObject({ state: "present", size: 1 });
    expect(await get(`${ghost} 2`)).toBeUndefined();
  });

  test("backfill records what the catalog does not have, after a key", async () => {
    const prefix = unique("");
    for (const name of ["a", "b"]) await put(prefix + name);
    for (const name of ["a", "b"]) await dynamodb.send(new DeleteCommand(at(prefix + name)));

    expect(await run("backfill", prefix, "--after", `${prefix}a`)).toMatchObject({ code: 0 });
    expect(await get(`${prefix}a`)).toBeUndefined();
    expect(await get(`${prefix}b`)).toMatchObject({ state: "present" });
  });
});
