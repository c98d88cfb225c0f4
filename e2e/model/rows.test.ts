import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { get } from "@waybill/core/catalog";
import { recordKey } from "@waybill/core/catalog/keys";
import { Resource } from "sst";
import { describe, expect, inject, test } from "vitest";

import { type Handled, handle } from "../handle.ts";
import { control } from "../stack.ts";
import type { Versioning } from "./bucket.ts";
import { openScene, receiveAll, type Scene } from "./scene.ts";

// Rows of the ingest rule that need a bucket of their own, or an order of messages of their own.

const stack = inject("modelStack");
const key = "folder/file.txt";

const open = (versioning: Versioning) => openScene(versioning, stack);

const put = ({ s3, bucket }: Scene, Body = "hello") =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));

const remove = ({ s3, bucket }: Scene, VersionId?: string) =>
  s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId }));

const setVersioning = ({ s3, bucket }: Scene, Status: "Enabled" | "Suspended") =>
  s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }));

const expire = ({ bucket }: Scene) => control(stack, "expire", { bucket, key });

const transition = ({ bucket }: Scene) =>
  control(stack, "transition", { bucket, key, storageClass: "GLACIER_IR" });

/** What S3 has sent since the last time, less its test of the queue. */
async function messages(scene: Scene): Promise<string[]> {
  const bodies = await receiveAll(scene);
  return bodies.filter((body) => !body.includes("s3:TestEvent"));
}

async function handleAll(scene: Scene): Promise<Handled> {
  const handled = await handle(await messages(scene));
  expect(handled.failed).toEqual([]);
  return handled;
}

const record = () => get(key, { deleted: true });

describe("removed, no version history", () => {
  test("leaves a tombstone", async () => {
    const scene = await open("Unversioned");
    await put(scene);
    await handleAll(scene);
    await remove(scene);

    expect((await handleAll(scene)).outcomes).toMatchObject([{ outcome: "removed" }]);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("wins over a creation that is handled after it", async () => {
    const scene = await open("Unversioned");
    await put(scene);
    const created = await messages(scene);
    await remove(scene);
    await handleAll(scene);

    expect((await handle(created)).outcomes).toEqual([{ outcome: "stale", reason: "not_newer" }]);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("stands if the object was gone before its creation was handled", async () => {
    const scene = await open("Unversioned");
    await put(scene);
    const created = await messages(scene);
    await remove(scene);

    expect((await handle(created)).outcomes).toEqual([{ outcome: "unreadable", reason: "gone" }]);
    expect(await record()).toMatchObject({
      state: "unreadable",
      unreadable: { reason: "gone" },
      size: 5,
    });
    await handleAll(scene);
    expect(await record()).toMatchObject({ state: "deleted" });
  });
});

describe("removed, versioning suspended", () => {
  test("destroys the version null and leaves a tombstone", async () => {
    const scene = await open("Suspended");
    await put(scene);
    await handleAll(scene);
    expect(await record()).toMatchObject({ state: "present", versionId: "null" });
    await remove(scene);

    await handleAll(scene);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("brings back the version from before when the marker null is removed", async () => {
    const scene = await open("Enabled");
    const { VersionId } = await put(scene);
    await setVersioning(scene, "Suspended");
    await put(scene, "overwritten in place");
    await remove(scene);
    await handleAll(scene);
    expect(await record()).toMatchObject({ state: "deleted" });
    await remove(scene, "null");

    await handleAll(scene);
    expect(await record()).toMatchObject({ state: "present", versionId: VersionId, size: 5 });
  });
});

describe("lifecycle expiration", () => {
  test.each<Versioning>(["Unversioned", "Enabled", "Suspended"])(
    "leaves a tombstone (%s)",
    async (versioning) => {
      const scene = await open(versioning);
      await put(scene);
      await handleAll(scene);
      await expire(scene);

      expect((await handleAll(scene)).outcomes).toMatchObject([{ outcome: "removed" }]);
      expect(await record()).toMatchObject({ state: "deleted" });
    },
  );

  test("counts although its sequencer is of the midnight before the creation", async () => {
    const scene = await open("Enabled");
    await put(scene);
    await handleAll(scene);
    await expire(scene);
    const expired = (await messages(scene)).map(atMidnight);

    expect((await handle(expired)).outcomes).toEqual([{ outcome: "removed" }]);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("is not undone by the creation that is handled after it", async () => {
    const scene = await open("Enabled");
    await put(scene);
    const created = await messages(scene);
    await expire(scene);
    await handle((await messages(scene)).map(atMidnight));

    expect((await handle(created)).outcomes).toEqual([{ outcome: "stale", reason: "not_newer" }]);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  // Found by the model test: the tombstone of the removal forgot the expiration.
  test("is not undone by a creation after a removal that are both handled after it", async () => {
    const scene = await open("Enabled");
    await remove(scene);
    const removed = await messages(scene);
    await put(scene);
    const created = await messages(scene);
    await expire(scene);
    await handle((await messages(scene)).map(atMidnight));

    await handle(removed);
    await handle(created);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  // The other way round: there was no record of the expiration to forget.
  test("is not undone by a creation that comes last, after a removal that came first", async () => {
    const scene = await open("Enabled");
    await remove(scene);
    const removed = await messages(scene);
    await put(scene);
    const created = await messages(scene);
    await expire(scene);
    const expired = (await messages(scene)).map(atMidnight);

    await handle(removed);
    await handle(expired);
    await handle(created);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("is forgotten when the object is created again", async () => {
    const scene = await open("Enabled");
    await put(scene);
    await expire(scene);
    await handle((await messages(scene)).map(atMidnight));
    const { VersionId } = await put(scene, "again");

    await handleAll(scene);
    expect(await record()).toMatchObject({ state: "present", versionId: VersionId });
  });
});

describe("restore, transition, other changes without a sequencer", () => {
  test("bring the record up to date", async () => {
    const scene = await open("Enabled");
    await put(scene);
    await handleAll(scene);
    await transition(scene);

    expect((await handleAll(scene)).outcomes).toEqual([{ outcome: "refreshed" }]);
    expect(await record()).toMatchObject({ state: "present", storageClass: "GLACIER_IR" });
  });

  // Found by the model test: the record has no version, and S3 says null.
  test("bring the record of an object up to date that is older than the bucket's versions", async () => {
    const scene = await open("Unversioned");
    await put(scene);
    await handleAll(scene);
    await setVersioning(scene, "Enabled");
    await transition(scene);

    expect((await handleAll(scene)).outcomes).toEqual([{ outcome: "refreshed" }]);
    expect(await record()).toMatchObject({ state: "present", storageClass: "GLACIER_IR" });
  });

  test("never bring a deleted record back", async () => {
    const scene = await open("Enabled");
    const { VersionId } = await put(scene);
    await transition(scene);
    const late = await messages(scene);
    await remove(scene, VersionId);
    await handleAll(scene);

    await handle(late);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("record an object that was there before the catalogue, which any event replaces", async () => {
    const scene = await open("Enabled");
    const { VersionId } = await put(scene);
    const created = await messages(scene);
    await transition(scene);

    expect((await handleAll(scene)).outcomes).toEqual([{ outcome: "indexed" }]);
    expect(await record()).toMatchObject({
      state: "present",
      versionId: VersionId,
      storageClass: "GLACIER_IR",
      event: { name: "LifecycleTransition" },
    });
    expect((await handle(created)).outcomes).toEqual([{ outcome: "indexed" }]);
    expect(await record()).toMatchObject({
      storageClass: "GLACIER_IR",
      event: { name: "ObjectCreated:Put" },
    });
  });

  test("never make a record of an object that is gone", async () => {
    const scene = await open("Enabled");
    const { VersionId } = await put(scene);
    await transition(scene);
    const late = await messages(scene);
    await remove(scene, VersionId);
    await messages(scene);

    await handle(late.filter((body) => body.includes("LifecycleTransition")));
    expect(await record()).toBeUndefined();
  });

  test("leave the record of another version alone", async () => {
    const scene = await open("Enabled");
    await put(scene);
    await handleAll(scene);
    await put(scene, "newer");
    await messages(scene);
    await transition(scene);

    await handleAll(scene);
    expect(await record()).toMatchObject({ size: 5, storageClass: "STANDARD" });
  });
});

describe("created, and changed while it is recorded", () => {
  test("comes back if S3 was asked before the change, and is recorded then", async () => {
    const scene = await open("Enabled");
    await put(scene);
    await transition(scene);
    await handleAll(scene);
    const { VersionId } = await put(scene, "newer");
    const created = await messages(scene);

    await setChangedAt(scene, new Date(Date.now() + 60_000));
    expect(await handle(created)).toEqual({
      failed: [0],
      outcomes: [{ outcome: "failed", reason: "ingest.overtaken" }],
    });
    await setChangedAt(scene, new Date(0));
    expect(await handle(created)).toMatchObject({ failed: [], outcomes: [{ outcome: "indexed" }] });
    expect(await record()).toMatchObject({ state: "present", versionId: VersionId });
    expect((await handle(created)).outcomes).toEqual([{ outcome: "stale", reason: "not_newer" }]);
  });
});

/** As if S3 had been asked then because of a change. */
async function setChangedAt({ bucket }: Scene, time: Date): Promise<void> {
  const { pk, sk } = recordKey(bucket, key);
  await new DynamoDBClient({}).send(
    new UpdateItemCommand({
      TableName: Resource.Catalog.name,
      Key: { pk: { S: pk }, sk: { S: sk } },
      UpdateExpression: "SET changedAt = :time",
      ConditionExpression: "attribute_exists(changedAt)",
      ExpressionAttributeValues: { ":time": { S: time.toISOString() } },
    }),
  );
}

/** The same expiration with the sequencer that S3's documentation shows of one: of the midnight at which it was due. */
function atMidnight(body: string): string {
  const seconds = Math.floor(Date.now() / 86_400_000) * 86_400;
  const sequencer = `00${seconds.toString(16).toUpperCase()}00000000`;
  return body.replace(/"sequencer":"[0-9A-F]+"/, `"sequencer":"${sequencer}"`);
}
