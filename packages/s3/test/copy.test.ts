import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type CopyObjectCommandInput,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { code, failure } from "./failure.ts";
import { ALL_EVENTS, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start({ clock: () => new Date(now) });
  running.s3.ensureBucket("files", settings({ notifications: [ALL_EVENTS] }));
  running.s3.ensureBucket("other", settings({ versioning: "Unversioned" }));
});
afterAll(() => running[Symbol.asyncDispose]());

const Bucket = "files";
const WRITTEN = Date.parse("2026-03-01T12:00:00Z");
let now = WRITTEN;

async function put(Key: string, Body: string | Buffer, rest = {}) {
  return running.client.send(new PutObjectCommand({ Bucket, Key, Body, ...rest }));
}

async function copy(from: string, Key: string, rest: Partial<CopyObjectCommandInput> = {}) {
  const CopySource = from.split("/").map(encodeURIComponent).join("/");
  return running.client.send(new CopyObjectCommand({ Bucket, CopySource, Key, ...rest }));
}

async function content(Key: string, rest = {}) {
  const { Body } = await running.client.send(new GetObjectCommand({ Bucket, Key, ...rest }));
  return Body?.transformToString();
}

async function head(Key: string, rest = {}) {
  return running.client.send(new HeadObjectCommand({ Bucket, Key, ...rest }));
}

async function tags(Key: string) {
  return (await running.client.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;
}

describe("a copy", () => {
  test.each([10, 100_000])("of %d bytes has the same content under another key", async (size) => {
    const body = Buffer.alloc(size, "abc");
    await put("a + é/%", body);
    const { CopyObjectResult, VersionId } = await copy("files/a + é/%", `copy-${size}`);

    expect(await content(`copy-${size}`)).toBe(body.toString());
    expect(CopyObjectResult?.ETag).toBe((await head("a + é/%")).ETag);
    expect(VersionId).toBe((await head(`copy-${size}`)).VersionId);
    const records = await running.records();
    expect(records.at(-1)).toMatchObject({
      eventName: "ObjectCreated:Copy",
      s3: { object: { key: `copy-${size}`, size } },
    });
  });

  test("remains after its source is deleted", async () => {
    const body = Buffer.alloc(100_000, "abc");
    const { VersionId } = await put("mortal", body);
    await copy("files/mortal", "survivor");
    await running.client.send(new DeleteObjectCommand({ Bucket, Key: "mortal", VersionId }));
    expect(await content("survivor")).toBe(body.toString());
  });

  test("keeps metadata and tags, but not storage class, encryption or redirect", async () => {
    await put("described", "x", {
      ContentType: "text/plain",
      CacheControl: "no-cache",
      Metadata: { a: "1" },
      Tagging: "t=1",
      StorageClass: "STANDARD_IA",
      ServerSideEncryption: "aws:kms",
      WebsiteRedirectLocation: "/x",
    });
    await copy("files/described", "described-copy");
    const read = await head("described-copy");

    expect(read).toMatchObject({
      ContentType: "text/plain",
      CacheControl: "no-cache",
      Metadata: { a: "1" },
    });
    expect(read.StorageClass).toBeUndefined();
    expect(read.WebsiteRedirectLocation).toBeUndefined();
    expect(read.ServerSideEncryption).toBe("AES256");
    expect(await tags("described-copy")).toEqual([{ Key: "t", Value: "1" }]);
  });

  test("replaces metadata and tags if the directives say so", async () => {
    await put("old", "x", { ContentType: "text/plain", Metadata: { a: "1" }, Tagging: "t=1" });
    await copy("files/old", "new", {
      MetadataDirective: "REPLACE",
      TaggingDirective: "REPLACE",
      ContentType: "text/html",
      Metadata: { b: "2" },
      Tagging: "u=2",
      StorageClass: "GLACIER_IR",
    });

    expect(await head("new")).toMatchObject({
      ContentType: "text/html",
      Metadata: { b: "2" },
      StorageClass: "GLACIER_IR",
    });
    expect(await tags("new")).toEqual([{ Key: "u", Value: "2" }]);
  });

  test("of an object to itself must change something", async () => {
    await put("self", "x");
    expect(await code(copy("files/self", "self"))).toBe("InvalidRequest");
    await copy("files/self", "self", { MetadataDirective: "REPLACE", Metadata: { a: "1" } });
    expect((await head("self")).Metadata).toEqual({ a: "1" });
    await copy("files/self", "self", { StorageClass: "STANDARD_IA" });
    expect((await head("self")).StorageClass).toBe("STANDARD_IA");
  });

  test("of an old version restores it", async () => {
    const { VersionId } = await put("restored", "old");
    await put("restored", "new");
    const reply = await running.client.send(
      new CopyObjectCommand({
        Bucket,
        Key: "restored",
        CopySource: `/files/restored?versionId=${VersionId ?? ""}`,
      }),
    );
    expect(reply.CopySourceVersionId).toBe(VersionId);
    expect(await content("restored")).toBe("old");
  });

  test("can have another bucket as its target", async () => {
    await put("there", "x");
    await copy("files/there", "here", { Bucket: "other" });
    const { VersionId } = await running.client.send(
      new HeadObjectCommand({ Bucket: "other", Key: "here" }),
    );
    expect(VersionId).toBeUndefined();
  });

  test("can request another checksum", async () => {
    await put("sum", "hello");
    await copy("files/sum", "sum-copy", { ChecksumAlgorithm: "SHA256" });
    const expected = await put("sum-put", "hello", { ChecksumAlgorithm: "SHA256" });
    const read = await head("sum-copy", { ChecksumMode: "ENABLED" });
    expect(read.ChecksumSHA256).toBe(expected.ChecksumSHA256);
  });

  test("of an object under a KMS key has its MD5 as the ETag", async () => {
    const plain = await put("kms-plain", "hello");
    const kms = await put("kms", "hello", { ServerSideEncryption: "aws:kms" });
    expect(kms.ETag).not.toBe(plain.ETag);
    expect((await copy("files/kms", "kms-copy")).CopyObjectResult?.ETag).toBe(plain.ETag);
  });
});

describe("a copy is rejected", () => {
  test.each([
    ["if the source does not exist", "files/none", "NoSuchKey"],
    ["if the source bucket does not exist", "nowhere/none", "NoSuchBucket"],
    ["if the source has no key", "files", "InvalidArgument"],
    ["if the key is empty", "files/", "InvalidArgument"],
  ])("%s", async (_, from, expected) => {
    expect(await code(copy(from, "rejected"))).toBe(expected);
  });

  test("if the source is a delete marker", async () => {
    await put("marked", "x");
    const { VersionId } = await running.client.send(
      new DeleteObjectCommand({ Bucket, Key: "marked" }),
    );
    expect(await code(copy("files/marked", "rejected"))).toBe("NoSuchKey");
    const CopySource = `files/marked?versionId=${VersionId ?? ""}`;
    const named = running.client.send(
      new CopyObjectCommand({ Bucket, Key: "rejected", CopySource }),
    );
    expect(await code(named)).toBe("InvalidRequest");
  });

  test.each([
    ["CopySourceIfMatch", '"x"'],
    ["CopySourceIfNoneMatch", '"9dd4e461268c8034f5c8564e155c67a6"'],
    ["CopySourceIfModifiedSince", new Date(WRITTEN + 30_000)],
    ["CopySourceIfUnmodifiedSince", new Date(0)],
  ])("if %s fails", async (name, value) => {
    now = WRITTEN;
    await put("conditional", "x");
    now += 60_000;
    const error = await failure(copy("files/conditional", "rejected", { [name]: value }));
    expect(error).toMatchObject({ name: "PreconditionFailed", $metadata: { httpStatusCode: 412 } });
  });
});
