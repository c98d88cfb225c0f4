import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { get } from "@waybill/core/catalog";
import { find } from "@waybill/core/catalog/find";
import { FindQuery, parseQuery } from "@waybill/core/catalog/query";
import { describe, expect, test } from "vitest";

import { bucket, recordOf, s3, unique } from "./support.ts";

const put = (key: string, more: Partial<PutObjectCommand["input"]> = {}) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "hello", ...more }));

async function keysFound(query: Record<string, unknown>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of await find(parseQuery(FindQuery, query))) keys.push(key);
  return keys;
}

describe("a created object", () => {
  test("is recorded with its properties in S3", async () => {
    const key = unique("photo.jpg");
    const { VersionId, ETag } = await put(key, {
      ContentType: "image/jpeg",
      ContentEncoding: "gzip",
      ContentLanguage: "fr",
      ContentDisposition: "inline",
      CacheControl: "max-age=60",
      StorageClass: "STANDARD_IA",
      Metadata: { Author: "Zoë", plain: "text" },
    });

    await recordOf(key, {
      bucket,
      key,
      state: "present",
      versionId: VersionId,
      etag: ETag?.replaceAll('"', ""),
      size: 5,
      contentType: "image/jpeg",
      contentEncoding: "gzip",
      contentLanguage: "fr",
      contentDisposition: "inline",
      cacheControl: "max-age=60",
      storageClass: "STANDARD_IA",
      metadata: { author: "Zoë", plain: "text" },
      region: process.env["AWS_REGION"],
      event: { name: "ObjectCreated:Put" },
    });
    const record = await get(key);
    if (record?.state !== "present") throw new Error("not present");
    for (const time of [
      record.lastModified,
      record.firstIndexedAt,
      record.readAt,
      record.arrivedAt,
      record.event.time,
    ]) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
  });

  test("is recorded and found with metadata of any name", async () => {
    const key = unique("names");
    const names = ["__proto__", "constructor", "tostring", "hasownproperty", "valueof"];
    const metadata = Object.fromEntries(names.map((name) => [name, `of ${name}`]));
    await put(key, { Metadata: metadata });

    await recordOf(key, { state: "present" });
    const record = await get(key);
    if (record?.state !== "present") throw new Error("not present");
    expect(new Map(Object.entries(record.metadata))).toEqual(new Map(Object.entries(metadata)));
    for (const name of names) {
      expect(await keysFound({ prefix: key, metadata: `${name}=of ${name}` })).toEqual([key]);
      expect(await keysFound({ prefix: key, metadata: `${name}=other` })).toEqual([]);
    }
  });

  test("is recorded when it is empty", async () => {
    const key = unique("empty");
    await put(key, { Body: "" });

    await recordOf(key, { state: "present", size: 0 });
  });

  test("has the version and metadata of the copy when it is copied", async () => {
    const source = unique("source");
    const copy = unique("copy");
    await put(source, { Metadata: { of: "source" } });
    await s3.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: copy,
        CopySource: `${bucket}/${source}`,
        MetadataDirective: "REPLACE",
        Metadata: { of: "copy" },
      }),
    );

    await recordOf(copy, { metadata: { of: "copy" }, event: { name: "ObjectCreated:Copy" } });
  });

  test("has the whole size and the multipart ETag when it is uploaded in parts", async () => {
    const key = unique("parts");
    const target = { Bucket: bucket, Key: key };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(target));
    const bodies = [Buffer.alloc(5 * 1024 * 1024, "a"), Buffer.from("the end")];
    const Parts = await Promise.all(
      bodies.map(async (Body, index) => {
        const PartNumber = index + 1;
        const { ETag } = await s3.send(
          new UploadPartCommand({ ...target, UploadId, PartNumber, Body }),
        );
        return { ETag, PartNumber };
      }),
    );
    await s3.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
    );

    await recordOf(key, {
      size: 5 * 1024 * 1024 + 7,
      etag: expect.stringMatching(/^[0-9a-f]{32}-2$/),
      event: { name: "ObjectCreated:CompleteMultipartUpload" },
    });
  });

  test("replaces the whole record of an earlier object with its key", async () => {
    const key = unique("again");
    await put(key, { Metadata: { old: "yes" }, CacheControl: "no-store" });
    await recordOf(key, { metadata: { old: "yes" } });
    const first = await get(key);
    const { VersionId } = await put(key, { Body: "longer than before" });

    await recordOf(key, { versionId: VersionId, size: 18, metadata: {} });
    const record = await get(key);
    expect(record).not.toHaveProperty("cacheControl");
    expect(record).toMatchObject({
      firstIndexedAt: first?.state === "present" ? first.firstIndexedAt : "",
    });
  });
});

describe("a deleted object", () => {
  test("leaves a tombstone, which a read does not return by default", async () => {
    const key = unique("removed");
    await put(key);
    await recordOf(key, { state: "present" });
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));

    await recordOf(key, { state: "deleted" });
    expect(await get(key)).toBeUndefined();
  });

  test("is recorded again when its delete marker is removed", async () => {
    const key = unique("undeleted");
    const { VersionId } = await put(key);
    const marker = await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    await recordOf(key, { state: "deleted" });
    await s3.send(
      new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: marker.VersionId }),
    );

    await recordOf(key, { state: "present", versionId: VersionId });
  });

  test("is replaced by the version before it when its newest version is deleted", async () => {
    const key = unique("promoted");
    const older = await put(key, { Body: "older" });
    const newer = await put(key, { Body: "newer one" });
    await recordOf(key, { versionId: newer.VersionId });
    await s3.send(
      new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: newer.VersionId }),
    );

    await recordOf(key, { state: "present", versionId: older.VersionId, size: 5 });
  });

  test("keeps its record when an old version is deleted", async () => {
    const key = unique("old-version");
    const older = await put(key, { Body: "older" });
    const newer = await put(key, { Body: "newer one" });
    await recordOf(key, { versionId: newer.VersionId });
    await s3.send(
      new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: older.VersionId }),
    );

    await recordOf(key, {
      state: "present",
      versionId: newer.VersionId,
      size: 9,
      event: { name: "ObjectRemoved:Delete" },
    });
  });

  test("leaves a tombstone for each of many keys in one request", async () => {
    const keys = Array.from({ length: 25 }, (_, index) => unique(`many-${index}`));
    await Promise.all(keys.map((key) => put(key)));
    await s3.send(
      new DeleteObjectsCommand({
        Bucket: bucket,
        Delete: { Objects: keys.map((Key) => ({ Key })) },
      }),
    );

    await Promise.all(keys.map((key) => recordOf(key, { state: "deleted" })));
  });
});
