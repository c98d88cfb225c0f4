import {
  DeleteObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
} from "@aws-sdk/client-s3";
import { get } from "@waybill/core/catalog";
import { describe, expect, inject, test } from "vitest";

import { handle } from "../handle.ts";
import { control } from "../stack.ts";
import { bodyOf, EARLY, LATE } from "./notification.ts";
import { bucket, recordOf, s3, send, unique } from "./support.ts";

// The rows of the ingest rule, through the queue and the function of the stage. Some tests call the handler in this
// process instead: where the event changes nothing, or where the permissions of this process matter.

const stack = inject("offlineStack");
const onlyOffline = "only offline: on a stage in AWS, S3 takes days to do this";

const put = (key: string, more: Partial<PutObjectCommand["input"]> = {}) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "hello", ...more }));

const remove = (key: string, VersionId?: string) =>
  s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId }));

describe("created", () => {
  test("is recorded as S3 describes it", async () => {
    const key = unique("created");
    const { VersionId } = await put(key);

    await recordOf(key, { state: "present", versionId: VersionId, size: 5 });
  });

  test("changes nothing when an event that the record covers is delivered a second time", async () => {
    const key = unique("twice");
    const time = new Date(Date.now() - 10_000).toISOString();
    const event = { name: "ObjectCreated:Put", bucket, key, sequencer: LATE, time };
    await put(key);
    await recordOf(key, { state: "present" });

    await handle([bodyOf(event)]);
    const first = await get(key);
    expect((await handle([bodyOf(event)])).outcomes).toEqual([
      { outcome: "stale", reason: "covered" },
    ]);
    expect(await get(key)).toEqual(first);
  });

  test("changes nothing when the event is older than the record", async () => {
    const key = unique("late");
    const { VersionId } = await put(key);
    await recordOf(key, { state: "present" });
    const time = new Date(Date.now() - 10_000).toISOString();
    const event = { name: "ObjectCreated:Put", bucket, key, sequencer: EARLY, time };
    const late = { ...event, versionId: "older", size: 1, eTag: "0" };

    expect((await handle([bodyOf(late)])).outcomes).toEqual([
      { outcome: "stale", reason: "covered" },
    ]);
    await recordOf(key, { state: "present", versionId: VersionId, size: 5 });
  });
});

test("an event of EventBridge is understood like S3's own", async () => {
  const key = unique("bridge +%41");
  const { VersionId } = await put(key);
  await recordOf(key, { state: "present", event: { name: "ObjectCreated:Put" } });
  await send(
    JSON.stringify({
      version: "0",
      id: crypto.randomUUID(),
      "detail-type": "Object Restore Completed",
      source: "aws.s3",
      account: "111122223333",
      time: new Date(Date.now() + 2000).toISOString(),
      region: process.env["AWS_REGION"],
      resources: [`arn:aws:s3:::${bucket}`],
      detail: {
        version: "0",
        bucket: { name: bucket },
        object: { key, size: 5, etag: "e", "version-id": VersionId },
        "request-id": "N4N7GDK58NMKJ12R",
        requester: "s3.amazonaws.com",
      },
    }),
  );

  await recordOf(key, {
    state: "present",
    versionId: VersionId,
    event: { name: "ObjectRestore:Completed", requestId: "N4N7GDK58NMKJ12R" },
  });
});

describe("created, and S3 does not describe the object", () => {
  const inEvent = { sequencer: LATE, size: 7, eTag: "b1946ac92492d2347c6235b4d2611184" };

  test("403: is recorded as unreadable, with the size and ETag of the event", async () => {
    const key = unique("never there");
    // S3 answers 403 for a missing key to a role that may not list the bucket.
    await send(bodyOf({ name: "ObjectCreated:Put", bucket, key, ...inEvent }));

    await recordOf(key, {
      state: "unreadable",
      unreadable: { reason: "forbidden_or_gone" },
      size: 7,
      etag: inEvent.eTag,
    });
  });

  test("404: is recorded as removed", async () => {
    const key = unique("never there");
    // This process may list the bucket: S3 answers it 404.
    const { outcomes } = await handle([
      bodyOf({ name: "ObjectCreated:Put", bucket, key, ...inEvent }),
    ]);

    expect(outcomes).toEqual([{ outcome: "removed" }]);
    await recordOf(key, { state: "deleted" });
  });

  test("400 (SSE-C): is recorded as unreadable, with the size and ETag of the event", async () => {
    const key = unique("customer key");
    const { VersionId } = await put(key, {
      SSECustomerAlgorithm: "AES256",
      SSECustomerKey: "a customer's key of 32 bytes ...",
    });

    await recordOf(key, {
      state: "unreadable",
      unreadable: { reason: "customer_key" },
      versionId: VersionId,
      size: 5,
    });
  });
});

describe("removed, in a bucket with versions", () => {
  test("leaves a tombstone, and the removal of the delete marker restores the record", async () => {
    const key = unique("marker");
    const { VersionId } = await put(key);
    const marker = await remove(key);
    await recordOf(key, { state: "deleted" });
    await remove(key, marker.VersionId);

    await recordOf(key, { state: "present", versionId: VersionId, size: 5 });
  });

  test("leaves a tombstone when the only version is deleted", async () => {
    const key = unique("only version");
    const { VersionId } = await put(key);
    await recordOf(key, { state: "present" });
    await remove(key, VersionId);

    await recordOf(key, { state: "deleted" });
  });

  test("records the version before when the newest is deleted, and keeps it when an old one is", async () => {
    const key = unique("versions");
    const oldest = await put(key, { Body: "oldest" });
    const older = await put(key, { Body: "older" });
    const newest = await put(key, { Body: "the newest" });
    await recordOf(key, { versionId: newest.VersionId });
    await remove(key, newest.VersionId);
    await recordOf(key, { state: "present", versionId: older.VersionId, size: 5 });
    await remove(key, oldest.VersionId);

    await recordOf(key, {
      state: "present",
      versionId: older.VersionId,
      size: 5,
      event: { name: "ObjectRemoved:Delete" },
    });
  });
});

test.skipIf(!stack)(`lifecycle expiration leaves a tombstone (${onlyOffline})`, async () => {
  const key = unique("expired");
  await put(key);
  await recordOf(key, { state: "present" });
  if (stack) await control(stack, "expire", { bucket, key });

  await recordOf(key, {
    state: "deleted",
    event: { name: "LifecycleExpiration:DeleteMarkerCreated" },
  });
});

describe("restore, transition and other changes", () => {
  test("a restore updates the record of the object", async () => {
    const key = unique("restored");
    await put(key, { StorageClass: "GLACIER" });
    await recordOf(key, { state: "present", storageClass: "GLACIER" });
    const RestoreRequest = { Days: 1, GlacierJobParameters: { Tier: "Standard" as const } };
    await s3.send(new RestoreObjectCommand({ Bucket: bucket, Key: key, RestoreRequest }));

    // On a stage in AWS it takes hours.
    await recordOf(key, { state: "present", restore: { ongoing: expect.any(Boolean) } });
  });

  test.skipIf(!stack)(`a transition changes the storage class (${onlyOffline})`, async () => {
    const key = unique("moved");
    await put(key);
    await recordOf(key, { state: "present", storageClass: "STANDARD" });
    if (stack) await control(stack, "transition", { bucket, key, storageClass: "GLACIER_IR" });

    await recordOf(key, { state: "present", storageClass: "GLACIER_IR", size: 5 });
  });

  test("late tag, restore and transition events do not restore a deleted record", async () => {
    const key = unique("tagged");
    const { VersionId: versionId } = await put(key);
    const Tagging = { TagSet: [{ Key: "a", Value: "b" }] };
    await s3.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: key, Tagging }));
    await remove(key, versionId);
    await recordOf(key, { state: "deleted" });
    const { outcomes, failed } = await handle([
      bodyOf({ name: "ObjectTagging:Put", bucket, key, versionId, eventVersion: "2.3" }),
      bodyOf({ name: "ObjectRestore:Completed", bucket, key, versionId }),
      bodyOf({ name: "LifecycleTransition", bucket, key, versionId, eventVersion: "2.3" }),
    ]);

    expect(failed).toEqual([]);
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual([
      "ignored",
      "removed",
      "stale",
    ]);
    await recordOf(key, { state: "deleted", event: { name: "ObjectRemoved:Delete" } });
  });
});
