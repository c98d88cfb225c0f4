import {
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { get } from "@waybill/core/catalog";
import { describe, expect, inject, test } from "vitest";

import { type Handled, handle } from "../handle.ts";
import { control } from "../stack.ts";
import type { Versioning } from "./bucket.ts";
import { openScene, receiveAll, type Scene } from "./scene.ts";

// The rows of the ingest rule that need a bucket with other versioning, or a certain order of messages.

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

/** The messages that S3 has sent since the last call, without test events. */
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

describe("removed, in a bucket without versions", () => {
  test("leaves a tombstone", async () => {
    const scene = await open("Unversioned");
    await put(scene);
    await handleAll(scene);
    await remove(scene);

    expect((await handleAll(scene)).outcomes).toMatchObject([{ outcome: "removed" }]);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("keeps the tombstone when the creation is processed later", async () => {
    const scene = await open("Unversioned");
    await put(scene);
    const created = await messages(scene);
    await remove(scene);
    await handleAll(scene);

    await handle(created);
    expect(await record()).toMatchObject({
      state: "deleted",
      event: { name: "ObjectRemoved:Delete" },
    });
  });

  test("leaves a tombstone if the object was deleted before its creation was processed", async () => {
    const scene = await open("Unversioned");
    await put(scene);
    const created = await messages(scene);
    await remove(scene);

    // This process may list the bucket, so S3 answers 404.
    expect((await handle(created)).outcomes).toEqual([{ outcome: "removed" }]);
    await handleAll(scene);
    expect(await record()).toMatchObject({
      state: "deleted",
      event: { name: "ObjectRemoved:Delete" },
    });
  });
});

describe("removed, in a bucket with suspended versioning", () => {
  test("deletes the version null and leaves a tombstone", async () => {
    const scene = await open("Suspended");
    await put(scene);
    await handleAll(scene);
    expect(await record()).toMatchObject({ state: "present", versionId: "null" });
    await remove(scene);

    await handleAll(scene);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("restores the record of the version before when the delete marker null is removed", async () => {
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

  test("leaves a tombstone although its sequencer is that of the creation", async () => {
    const scene = await open("Enabled");
    await put(scene);
    await handleAll(scene);
    await expire(scene);
    const expired = await messages(scene);

    expect((await handle(expired)).outcomes).toEqual([{ outcome: "removed" }]);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("keeps the tombstone when the creation is processed later", async () => {
    const scene = await open("Enabled");
    await put(scene);
    const created = await messages(scene);
    await expire(scene);
    await handle(await messages(scene));

    await handle(created);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("keeps the tombstone when a removal and then a creation are processed later", async () => {
    const scene = await open("Enabled");
    await remove(scene);
    const removed = await messages(scene);
    await put(scene);
    const created = await messages(scene);
    await expire(scene);
    await handle(await messages(scene));

    await handle(removed);
    await handle(created);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("keeps the tombstone when a removal is processed before it and a creation after it", async () => {
    const scene = await open("Enabled");
    await remove(scene);
    const removed = await messages(scene);
    await put(scene);
    const created = await messages(scene);
    await expire(scene);
    const expired = await messages(scene);

    await handle(removed);
    await handle(expired);
    await handle(created);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("does not affect an object that is created again", async () => {
    const scene = await open("Enabled");
    await put(scene);
    await expire(scene);
    await handle(await messages(scene));
    const { VersionId } = await put(scene, "again");

    await handleAll(scene);
    expect(await record()).toMatchObject({ state: "present", versionId: VersionId });
  });
});

describe("restore, transition and other changes", () => {
  test("update the record", async () => {
    const scene = await open("Enabled");
    await put(scene);
    await handleAll(scene);
    await transition(scene);

    expect((await handleAll(scene)).outcomes).toEqual([{ outcome: "refreshed" }]);
    expect(await record()).toMatchObject({ state: "present", storageClass: "GLACIER_IR" });
  });

  // Found by the model test: the record has no version, and S3 returns the version null.
  test("update the record of an object from before versioning was enabled", async () => {
    const scene = await open("Unversioned");
    await put(scene);
    await handleAll(scene);
    await setVersioning(scene, "Enabled");
    await transition(scene);

    expect((await handleAll(scene)).outcomes).toEqual([{ outcome: "refreshed" }]);
    expect(await record()).toMatchObject({ state: "present", storageClass: "GLACIER_IR" });
  });

  test("do not restore a deleted record", async () => {
    const scene = await open("Enabled");
    const { VersionId } = await put(scene);
    await transition(scene);
    const late = await messages(scene);
    await remove(scene, VersionId);
    await handleAll(scene);

    await handle(late);
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("record an object that has no record, and its arrival when the creation event comes", async () => {
    const scene = await open("Enabled");
    const { VersionId } = await put(scene);
    const created = await messages(scene);
    await transition(scene);

    expect((await handleAll(scene)).outcomes).toEqual([{ outcome: "refreshed" }]);
    expect(await record()).toMatchObject({
      state: "present",
      versionId: VersionId,
      storageClass: "GLACIER_IR",
      event: { name: "LifecycleTransition" },
    });
    expect((await handle(created)).outcomes).toEqual([{ outcome: "indexed" }]);
    expect(await record()).toMatchObject({
      storageClass: "GLACIER_IR",
      event: { name: "LifecycleTransition" },
      arrivedAt: eventTimeOf(created),
    });
  });

  test("do not record a deleted object", async () => {
    const scene = await open("Enabled");
    const { VersionId } = await put(scene);
    await transition(scene);
    const late = await messages(scene);
    await remove(scene, VersionId);
    await messages(scene);

    await handle(late.filter((body) => body.includes("LifecycleTransition")));
    expect(await record()).toMatchObject({ state: "deleted" });
  });

  test("record the newer version that they find", async () => {
    const scene = await open("Enabled");
    await put(scene);
    await handleAll(scene);
    await put(scene, "newer");
    await messages(scene);
    await transition(scene);

    await handleAll(scene);
    expect(await record()).toMatchObject({ size: "newer".length, storageClass: "GLACIER_IR" });
  });
});

/** The time of the only event in some messages. */
function eventTimeOf([body = ""]: readonly string[]): unknown {
  return /"eventTime":"([^"]*)"/.exec(body)?.[1];
}
