import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  RestoreObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { code, failure } from "./failure.ts";
import { ALL_EVENTS, settings, start, type Running } from "./harness.ts";

const NOON = Date.parse("2026-03-01T12:00:00Z");
let now = NOON;
let running: Running;
beforeAll(async () => {
  running = await start({ clock: () => new Date(now) });
  running.s3.ensureBucket("files", settings({ notifications: [ALL_EVENTS] }));
  running.s3.ensureBucket(
    "plain",
    settings({ versioning: "Unversioned", notifications: [ALL_EVENTS] }),
  );
});
afterAll(() => running[Symbol.asyncDispose]());

const Bucket = "files";

async function put(Key: string, rest = {}) {
  return running.client.send(new PutObjectCommand({ Bucket, Key, Body: "x", ...rest }));
}

async function restore(Key: string, Days = 2) {
  return running.client.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest: { Days } }));
}

describe.each(["GLACIER", "DEEP_ARCHIVE"] as const)("an object in %s", (StorageClass) => {
  test("can be described but not read until it is restored", async () => {
    const Key = `archived-${StorageClass}`;
    now = NOON;
    const { VersionId } = await put(Key, { StorageClass });
    const read = () => running.client.send(new GetObjectCommand({ Bucket, Key }));
    const copy = () =>
      running.client.send(
        new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `files/${Key}` }),
      );
    const head = () => running.client.send(new HeadObjectCommand({ Bucket, Key }));
    await running.records();

    expect(await failure(read())).toMatchObject({
      name: "InvalidObjectState",
      $metadata: { httpStatusCode: 403 },
    });
    expect(await code(copy())).toBe("InvalidObjectState");
    expect(await head()).toMatchObject({ StorageClass, ContentLength: 1 });
    expect((await head()).Restore).toBeUndefined();

    expect((await restore(Key)).$metadata.httpStatusCode).toBe(202);
    expect(await (await read()).Body?.transformToString()).toBe("x");
    const expiry = 'ongoing-request="false", expiry-date="Wed, 04 Mar 2026 00:00:00 GMT"';
    expect((await head()).Restore).toBe(expiry);
    const list = await running.client.send(
      new ListObjectsV2Command({
        Bucket,
        Prefix: Key,
        OptionalObjectAttributes: ["RestoreStatus"],
      }),
    );
    expect(list.Contents?.[0]?.RestoreStatus).toMatchObject({ IsRestoreInProgress: false });

    const [post, completed, ...others] = await running.records();
    expect(others).toEqual([]);
    const object = {
      key: Key,
      size: 1,
      eTag: "9dd4e461268c8034f5c8564e155c67a6",
      versionId: VersionId,
    };
    expect(post).toMatchObject({ eventName: "ObjectRestore:Post", s3: { object } });
    expect(completed).toMatchObject({
      eventName: "ObjectRestore:Completed",
      glacierEventData: {
        restoreEventData: {
          lifecycleRestorationExpiryTime: "2026-03-04T00:00:00.000Z",
          lifecycleRestoreStorageClass: StorageClass,
        },
      },
    });
    const sequencer: unknown = expect.stringMatching(/^00/);
    expect(completed?.s3.object).toEqual({ ...object, sequencer });
    expect(completed?.userIdentity.principalId).toMatch(/^AmazonCustomer:A/);

    expect((await restore(Key, 5)).$metadata.httpStatusCode).toBe(200);
    now += 10 * 24 * 3_600_000;
    expect(await code(read())).toBe("InvalidObjectState");
    expect((await head()).Restore).toBeUndefined();
  });
});

test("rejects the restore of an object that is not archived", async () => {
  await put("standard");
  expect(await code(restore("standard"))).toBe("InvalidObjectState");
  expect(await code(restore("none"))).toBe("NoSuchKey");
});

describe("lifecycle", () => {
  test("expires an object of a versioned bucket with a delete marker", async () => {
    await put("due");
    await running.records();
    expect(running.s3.expire(Bucket, "due")).toBe(true);
    expect(running.s3.expire(Bucket, "due")).toBe(false);

    const head = await failure(running.client.send(new HeadObjectCommand({ Bucket, Key: "due" })));
    expect(head.$metadata.httpStatusCode).toBe(404);
    const records = await running.records();
    expect(records).toMatchObject([
      {
        eventVersion: "2.3",
        eventName: "LifecycleExpiration:DeleteMarkerCreated",
        userIdentity: { principalId: "s3.amazonaws.com" },
        requestParameters: { sourceIPAddress: "s3.amazonaws.com" },
        s3: { object: { key: "due", eTag: "d41d8cd98f00b204e9800998ecf8427e" } },
      },
    ]);
    expect(records[0]?.s3.object).toHaveProperty("sequencer");
  });

  test("deletes an expired object of an unversioned bucket", async () => {
    await put("due", { Bucket: "plain" });
    const [created] = await running.records();
    running.s3.expire("plain", "due");
    const [expired] = await running.records();

    expect(expired?.eventName).toBe("LifecycleExpiration:Delete");
    expect(Object.keys(expired?.s3.object ?? {}).toSorted()).toEqual(["key", "sequencer"]);
    expect(expired?.s3.object.sequencer).toBe(created?.s3.object.sequencer);
  });

  test("changes only the storage class in a transition", async () => {
    const { VersionId } = await put("moving", { Metadata: { a: "1" } });
    await running.records();
    running.s3.transition(Bucket, "moving", "STANDARD_IA");

    const head = await running.client.send(new HeadObjectCommand({ Bucket, Key: "moving" }));
    expect(head).toMatchObject({ StorageClass: "STANDARD_IA", Metadata: { a: "1" }, VersionId });
    const [record] = await running.records();
    expect(record).toMatchObject({
      eventName: "LifecycleTransition",
      lifecycleEventData: { transitionEventData: { destinationStorageClass: "STANDARD_IA" } },
    });
    expect(record?.s3.object).not.toHaveProperty("sequencer");
    expect(() => running.s3.transition(Bucket, "none", "GLACIER")).toThrow(/does not exist/);
    expect(() => running.s3.transition(Bucket, "moving", "FLOPPY")).toThrow(/not valid/);
  });
});
