import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type BucketVersioningStatus,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { code, failure } from "./failure.ts";
import { raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
});
afterAll(() => running[Symbol.asyncDispose]());

let count = 0;
/** Creates a bucket, and returns the operations on its one key. */
function bucket(versioning: "Enabled" | "Suspended" | "Unversioned" = "Enabled") {
  const Bucket = `versions-${count++}`;
  running.s3.ensureBucket(Bucket, settings({ versioning }));
  const { client } = running;
  const Key = "key";
  return {
    Bucket,
    put: async (Body: string) => client.send(new PutObjectCommand({ Bucket, Key, Body })),
    get: async (VersionId?: string) => {
      const reply = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
      return reply.Body?.transformToString();
    },
    remove: async (VersionId?: string) =>
      client.send(new DeleteObjectCommand({ Bucket, Key, VersionId })),
    async versioning(Status: BucketVersioningStatus) {
      const VersioningConfiguration = { Status };
      await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    },
    /**
     * Returns the version ids, newest first, with "!" for delete markers and "*" for the latest.
     */
    async history() {
      const list = await client.send(new ListObjectVersionsCommand({ Bucket }));
      const all = [
        ...(list.Versions ?? []).map((entry) => ({ ...entry, sign: "" })),
        ...(list.DeleteMarkers ?? []).map((entry) => ({ ...entry, sign: "!" })),
      ];
      return all.map(
        ({ VersionId, IsLatest, sign }) => `${VersionId ?? ""}${sign}${IsLatest ? "*" : ""}`,
      );
    },
  };
}

describe("with versioning enabled", () => {
  test("keeps every write, newest first", async () => {
    const b = bucket();
    const one = await b.put("one");
    const two = await b.put("two");

    expect(one.VersionId).not.toBe(two.VersionId);
    expect(await b.get()).toBe("two");
    expect(await b.get(one.VersionId)).toBe("one");
    expect(await b.history()).toEqual([`${two.VersionId}*`, one.VersionId]);
  });

  test("hides a deleted object with a delete marker", async () => {
    const b = bucket();
    const { VersionId } = await b.put("one");
    const marker = await b.remove();

    expect(marker).toMatchObject({ DeleteMarker: true });
    expect(await code(b.get())).toBe("NoSuchKey");
    expect(await b.get(VersionId)).toBe("one");
    expect(await b.history()).toEqual([VersionId, `${marker.VersionId}!*`]);
    const reply = await raw(running, "GET", `/${b.Bucket}/key`);
    expect(reply.headers["x-amz-delete-marker"]).toBe("true");
    expect(reply.headers["x-amz-version-id"]).toBe(marker.VersionId);
  });

  test("rejects reading a delete marker", async () => {
    const b = bucket();
    await b.put("one");
    const { VersionId } = await b.remove();
    const reply = await raw(running, "GET", `/${b.Bucket}/key?versionId=${VersionId ?? ""}`);

    expect(reply.status).toBe(405);
    expect(reply.headers).toMatchObject({ allow: "DELETE", "x-amz-delete-marker": "true" });
    expect(reply.headers["last-modified"]).toBeTruthy();
  });

  test("restores the object when its delete marker is deleted", async () => {
    const b = bucket();
    await b.put("one");
    const { VersionId } = await b.remove();
    const undone = await b.remove(VersionId);

    expect(undone).toMatchObject({ DeleteMarker: true, VersionId });
    expect(await b.get()).toBe("one");
  });

  test("restores the version before when the newest is deleted", async () => {
    const b = bucket();
    const one = await b.put("one");
    const two = await b.put("two");
    const removed = await b.remove(two.VersionId);

    expect(removed.DeleteMarker).toBeUndefined();
    expect(removed.VersionId).toBe(two.VersionId);
    expect(await b.get()).toBe("one");
    expect(await b.history()).toEqual([`${one.VersionId}*`]);
  });

  test("keeps the other versions when an old one is deleted", async () => {
    const b = bucket();
    const one = await b.put("one");
    const two = await b.put("two");
    await b.remove(one.VersionId);

    expect(await b.get()).toBe("two");
    expect(await code(b.get(one.VersionId))).toBe("NoSuchVersion");
    expect(await b.history()).toEqual([`${two.VersionId}*`]);
  });

  test("accepts the deletion of a missing version", async () => {
    const b = bucket();
    const one = await b.put("one");
    await b.remove(one.VersionId);
    expect((await b.remove(one.VersionId)).VersionId).toBe(one.VersionId);
  });

  test("rejects a malformed version id", async () => {
    const b = bucket();
    await b.put("one");
    const error = await failure(b.get("nonsense"));
    expect(error).toMatchObject({
      name: "InvalidArgument",
      message: "Invalid version id specified",
    });
  });

  test("does not find the version of another key", async () => {
    const b = bucket();
    const { VersionId } = await b.put("one");
    const sent = running.client.send(
      new HeadObjectCommand({ Bucket: b.Bucket, Key: "other", VersionId }),
    );
    expect(await code(sent)).toBe("NotFound");
  });
});

describe("without versioning", () => {
  test("replaces and deletes objects, and returns no version ids", async () => {
    const b = bucket("Unversioned");
    const written = await b.put("one");
    await b.put("two");

    expect(written.VersionId).toBeUndefined();
    expect(await b.get()).toBe("two");
    expect(await b.get("null")).toBe("two");
    expect(await b.history()).toEqual(["null*"]);
    expect(await b.remove()).not.toHaveProperty("DeleteMarker");
    expect(await b.history()).toEqual([]);
  });
});

describe("with versioning suspended", () => {
  test("replaces only the version null", async () => {
    const b = bucket();
    const kept = await b.put("kept");
    await b.versioning("Suspended");
    expect((await b.put("one")).VersionId).toBeUndefined();
    await b.put("two");

    expect(await b.history()).toEqual(["null*", kept.VersionId]);
    expect(await b.get()).toBe("two");
    expect(await b.get(kept.VersionId)).toBe("kept");
  });

  test("replaces the version null with a delete marker on deletion", async () => {
    const b = bucket();
    const kept = await b.put("kept");
    await b.versioning("Suspended");
    await b.put("lost");
    const marker = await b.remove();

    expect(marker).toMatchObject({ DeleteMarker: true, VersionId: "null" });
    expect(await b.history()).toEqual([kept.VersionId, "null!*"]);
    await b.remove();
    expect(await b.history()).toEqual([kept.VersionId, "null!*"]);
    await b.remove("null");
    expect(await b.get()).toBe("kept");
  });

  test("keeps an object from before versioning as the version null", async () => {
    const b = bucket("Unversioned");
    await b.put("before");
    await b.versioning("Enabled");
    const after = await b.put("after");

    expect(await b.history()).toEqual([`${after.VersionId}*`, "null"]);
    expect(await b.get("null")).toBe("before");
    await b.versioning("Suspended");
    await b.put("again");
    expect(await b.history()).toEqual(["null*", after.VersionId]);
  });
});

describe("DeleteObjects", () => {
  test("deletes keys and versions, and reports the result of each", async () => {
    const b = bucket();
    const one = await b.put("one");
    const reply = await running.client.send(
      new DeleteObjectsCommand({
        Bucket: b.Bucket,
        Delete: {
          Objects: [
            { Key: "key" },
            { Key: "key", VersionId: one.VersionId },
            { Key: "key", VersionId: "nonsense" },
            { Key: "x".repeat(1025) },
          ],
        },
      }),
    );

    expect(reply.Deleted).toMatchObject([
      { Key: "key", DeleteMarker: true },
      { Key: "key", VersionId: one.VersionId },
    ]);
    expect(reply.Errors).toMatchObject([{ Code: "NoSuchVersion" }, { Code: "KeyTooLongError" }]);
  });

  test("reports only errors with Quiet", async () => {
    const b = bucket();
    const Delete = { Quiet: true, Objects: [{ Key: "a" }, { Key: "a", VersionId: "nonsense" }] };
    const reply = await running.client.send(new DeleteObjectsCommand({ Bucket: b.Bucket, Delete }));

    expect(reply.Deleted).toBeUndefined();
    expect(reply.Errors).toHaveLength(1);
  });

  test("accepts at most 1,000 keys", async () => {
    const b = bucket();
    const send = (size: number) => {
      const Objects = Array.from({ length: size }, (_, index) => ({ Key: `key-${index}` }));
      return running.client.send(
        new DeleteObjectsCommand({ Bucket: b.Bucket, Delete: { Objects } }),
      );
    };

    expect((await send(1000)).Deleted).toHaveLength(1000);
    expect(await code(send(1001))).toBe("MalformedXML");
  });

  test("rejects a missing or wrong digest", async () => {
    const b = bucket();
    const body = "<Delete><Object><Key>a</Key></Object></Delete>";
    const bare = await raw(running, "POST", `/${b.Bucket}?delete`, { body });
    const wrong = await raw(running, "POST", `/${b.Bucket}?delete`, {
      body,
      headers: { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" },
    });

    expect(bare.body).toContain("<Code>InvalidRequest</Code>");
    expect(wrong.body).toContain("<Code>BadDigest</Code>");
  });
});
