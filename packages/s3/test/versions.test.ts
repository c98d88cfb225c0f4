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
/** A bucket of its own, and what a test does to its one key. */
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
    /** Newest first: the version ids, with "!" behind those of markers and "*" behind the latest. */
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

describe("with versions", () => {
  test("every write is kept, newest first", async () => {
    const b = bucket();
    const one = await b.put("one");
    const two = await b.put("two");

    expect(one.VersionId).not.toBe(two.VersionId);
    expect(await b.get()).toBe("two");
    expect(await b.get(one.VersionId)).toBe("one");
    expect(await b.history()).toEqual([`${two.VersionId}*`, one.VersionId]);
  });

  test("a deletion hides the object behind a marker", async () => {
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

  test("a marker itself cannot be read, only deleted", async () => {
    const b = bucket();
    await b.put("one");
    const { VersionId } = await b.remove();
    const reply = await raw(running, "GET", `/${b.Bucket}/key?versionId=${VersionId ?? ""}`);

    expect(reply.status).toBe(405);
    expect(reply.headers).toMatchObject({ allow: "DELETE", "x-amz-delete-marker": "true" });
    expect(reply.headers["last-modified"]).toBeTruthy();
  });

  test("without its marker the object is back", async () => {
    const b = bucket();
    await b.put("one");
    const { VersionId } = await b.remove();
    const undone = await b.remove(VersionId);

    expect(undone).toMatchObject({ DeleteMarker: true, VersionId });
    expect(await b.get()).toBe("one");
  });

  test("without its newest version the object is the one before", async () => {
    const b = bucket();
    const one = await b.put("one");
    const two = await b.put("two");
    const removed = await b.remove(two.VersionId);

    expect(removed.DeleteMarker).toBeUndefined();
    expect(removed.VersionId).toBe(two.VersionId);
    expect(await b.get()).toBe("one");
    expect(await b.history()).toEqual([`${one.VersionId}*`]);
  });

  test("without an old version nothing else changes", async () => {
    const b = bucket();
    const one = await b.put("one");
    const two = await b.put("two");
    await b.remove(one.VersionId);

    expect(await b.get()).toBe("two");
    expect(await code(b.get(one.VersionId))).toBe("NoSuchVersion");
    expect(await b.history()).toEqual([`${two.VersionId}*`]);
  });

  test("a version that is not there is deleted all the same", async () => {
    const b = bucket();
    const one = await b.put("one");
    await b.remove(one.VersionId);
    expect((await b.remove(one.VersionId)).VersionId).toBe(one.VersionId);
  });

  test("a version id that never was one is refused", async () => {
    const b = bucket();
    await b.put("one");
    const error = await failure(b.get("nonsense"));
    expect(error).toMatchObject({
      name: "InvalidArgument",
      message: "Invalid version id specified",
    });
  });

  test("the version of another key is not there", async () => {
    const b = bucket();
    const { VersionId } = await b.put("one");
    const sent = running.client.send(
      new HeadObjectCommand({ Bucket: b.Bucket, Key: "other", VersionId }),
    );
    expect(await code(sent)).toBe("NotFound");
  });
});

describe("without versions", () => {
  test("a write replaces, a deletion removes, and nobody speaks of versions", async () => {
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

describe("with versions suspended", () => {
  test("only the version null is replaced", async () => {
    const b = bucket();
    const kept = await b.put("kept");
    await b.versioning("Suspended");
    expect((await b.put("one")).VersionId).toBeUndefined();
    await b.put("two");

    expect(await b.history()).toEqual(["null*", kept.VersionId]);
    expect(await b.get()).toBe("two");
    expect(await b.get(kept.VersionId)).toBe("kept");
  });

  test("a deletion destroys the version null and leaves a marker of that name", async () => {
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

  test("what was there before versions is the version null, and old once there is a newer one", async () => {
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

describe("deleting many", () => {
  test("takes keys and versions and tells what became of each", async () => {
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

  test("may keep quiet about what went well", async () => {
    const b = bucket();
    const Delete = { Quiet: true, Objects: [{ Key: "a" }, { Key: "a", VersionId: "nonsense" }] };
    const reply = await running.client.send(new DeleteObjectsCommand({ Bucket: b.Bucket, Delete }));

    expect(reply.Deleted).toBeUndefined();
    expect(reply.Errors).toHaveLength(1);
  });

  test("takes a thousand and no more", async () => {
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

  test("must come with a digest, and with the right one", async () => {
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
