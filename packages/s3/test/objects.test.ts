import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure } from "./failure.ts";
import { raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
  running.s3.ensureBucket("files", settings());
});
afterAll(() => running[Symbol.asyncDispose]());

const Bucket = "files";

async function put(Key: string, Body: string | Buffer, rest = {}) {
  return running.client.send(new PutObjectCommand({ Bucket, Key, Body, ...rest }));
}

async function head(Key: string, rest = {}) {
  return running.client.send(new HeadObjectCommand({ Bucket, Key, ...rest }));
}

async function get(Key: string, rest = {}) {
  const { Body, ...output } = await running.client.send(
    new GetObjectCommand({ Bucket, Key, ...rest }),
  );
  return { ...output, content: Buffer.from((await Body?.transformToByteArray()) ?? []) };
}

describe("an object", () => {
  test("is returned with all of its headers and metadata", async () => {
    const described = {
      CacheControl: "no-cache",
      ContentDisposition: 'attachment; filename="x.txt"',
      ContentEncoding: "gzip",
      ContentLanguage: "de",
      ContentType: "text/plain; charset=utf-8",
      Metadata: { owner: "Ann", empty: "" },
      WebsiteRedirectLocation: "/elsewhere",
      StorageClass: "STANDARD_IA",
    } as const;

    const written = await put("full", "hello", {
      ...described,
      Expires: new Date("2030-01-01"),
      Tagging: "a=1&b=2",
    });
    const read = await get("full");

    expect(read).toMatchObject({
      ...described,
      ContentLength: 5,
      TagCount: 2,
      AcceptRanges: "bytes",
    });
    expect(read.content.toString()).toBe("hello");
    expect(read.ExpiresString).toBe("Tue, 01 Jan 2030 00:00:00 GMT");
    expect(read.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect(read.VersionId).toBe(written.VersionId);
    expect(read.ServerSideEncryption).toBe("AES256");
    expect(await head("full")).toMatchObject({ ...described, ContentLength: 5, ETag: read.ETag });
  });

  test("has the default headers of S3", async () => {
    await raw(running, "PUT", "/files/plain", { body: "x" });

    const reply = await raw(running, "HEAD", "/files/plain");

    expect(reply.headers["content-type"]).toBe("binary/octet-stream");
    expect(reply.headers["content-length"]).toBe("1");
    expect(reply.headers).not.toHaveProperty("x-amz-storage-class");
    expect(reply.headers).not.toHaveProperty("cache-control");
    expect(reply.headers["server"]).toBe("AmazonS3");
    expect(reply.headers["x-amz-request-id"]).toMatch(/^[0-9A-Z]{16}$/);
    expect(reply.headers["x-amz-id-2"]).toBeTruthy();
    expect(reply.headers["date"]).toBeTruthy();
  });

  test.each([0, 1, 16 * 1024, 16 * 1024 + 1, 3 * 1024 * 1024 + 7])(
    "of %d bytes is returned unchanged",
    async (size) => {
      const content = Buffer.alloc(size, "0123456789abcdef!");

      const { ETag } = await put(`size-${size}`, content);
      const read = await get(`size-${size}`);

      expect(read.content.equals(content)).toBe(true);
      expect(ETag).toBe(`"${createHash("md5").update(content).digest("hex")}"`);
    },
  );

  test("can be streamed without a digest in advance", async () => {
    const chunks = Array.from({ length: 40 }, (_, index) => Buffer.alloc(64 * 1024, index));
    const Body = Readable.from(chunks);
    const ContentLength = 40 * 64 * 1024;

    await running.client.send(new PutObjectCommand({ Bucket, Key: "stream", Body, ContentLength }));

    expect((await get("stream")).content.equals(Buffer.concat(chunks))).toBe(true);
  });

  test("that does not exist is a 404, with a body for GET and none for HEAD", async () => {
    const missing = await raw(running, "GET", "/files/none");
    const headless = await raw(running, "HEAD", "/files/none");

    expect(missing.headers["connection"]).toBe("keep-alive");
    expect(missing.status).toBe(404);
    expect(missing.body).toContain("<Error><Code>NoSuchKey</Code>");
    expect(missing.body).toContain("<Key>none</Key>");
    expect(missing.body).toContain(
      `<RequestId>${String(missing.headers["x-amz-request-id"])}</RequestId>`,
    );
    expect(headless).toMatchObject({ status: 404, body: "" });
    expect((await failure(get("none"))).name).toBe("NoSuchKey");
    expect((await failure(head("none"))).name).toBe("NotFound");
  });

  test("can be deleted twice", async () => {
    await put("gone", "x");
    for (let time = 0; time < 2; time++) {
      const reply = await running.client.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
      expect(reply.DeleteMarker).toBe(true);
    }
    expect((await failure(get("gone"))).name).toBe("NoSuchKey");
  });

  test("in a missing bucket fails with NoSuchBucket", async () => {
    const error = await failure(
      running.client.send(new PutObjectCommand({ Bucket: "nowhere", Key: "a", Body: "x" })),
    );
    expect(error.name).toBe("NoSuchBucket");
  });
});

describe("ranges", () => {
  beforeAll(async () => {
    await put("digits", "0123456789");
    await put("nothing", "");
    await put("large", Buffer.alloc(100_000, "0123456789"));
  });

  test.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=8-", "89", "bytes 8-9/10"],
    ["bytes=-3", "789", "bytes 7-9/10"],
    ["bytes=-30", "0123456789", "bytes 0-9/10"],
    ["bytes=5-500", "56789", "bytes 5-9/10"],
  ])("%s returns %s", async (Range, content, ContentRange) => {
    const read = await get("digits", { Range });

    expect(read.$metadata.httpStatusCode).toBe(206);
    expect(read.content.toString()).toBe(content);
    expect(read.ContentRange).toBe(ContentRange);
  });

  test("are read from a body in a file", async () => {
    expect((await get("large", { Range: "bytes=54321-54329" })).content.toString()).toBe(
      "123456789",
    );
  });

  test.each(["bytes=10-", "bytes=50-60", "bytes=-0"])("%s is out of range", async (Range) => {
    const error = await failure(get("digits", { Range }));
    expect(error).toMatchObject({ name: "InvalidRange", $metadata: { httpStatusCode: 416 } });
  });

  test("of an empty object are out of range", async () => {
    expect((await failure(get("nothing", { Range: "bytes=0-0" }))).name).toBe("InvalidRange");
    expect((await failure(get("nothing", { Range: "bytes=-5" }))).name).toBe("InvalidRange");
  });

  test.each(["bytes=3-1", "bytes=", "lines=1-2", "bytes=0-1,3-4"])(
    "%s is ignored",
    async (Range) => {
      const read = await get("digits", { Range });
      expect(read.$metadata.httpStatusCode).toBe(200);
      expect(read.content.toString()).toBe("0123456789");
    },
  );

  test("are ignored if If-Range does not match", async () => {
    const headers = { Range: "bytes=0-3", "If-Range": '"0000"' };
    const reply = await raw(running, "GET", "/files/digits", { headers });
    expect(reply).toMatchObject({ status: 200, body: "0123456789" });
  });

  test("apply to HEAD as well", async () => {
    const reply = await head("digits", { Range: "bytes=2-4" });
    expect(reply.ContentLength).toBe(3);
    expect(reply.$metadata.httpStatusCode).toBe(206);
  });
});

describe("response-* parameters", () => {
  test("replace the stored headers", async () => {
    await put("override", "x", { ContentType: "text/plain" });
    const read = await get("override", {
      ResponseContentType: "application/pdf",
      ResponseContentDisposition: "inline; filename=ü.pdf",
      ResponseCacheControl: "max-age=1",
    });
    expect(read).toMatchObject({ ContentType: "application/pdf", CacheControl: "max-age=1" });
  });

  test("cannot inject another header", async () => {
    const path = "/files/override?response-content-type=a%0d%0aX-Evil:%201";
    const reply = await raw(running, "GET", path);
    expect(reply.status).toBe(400);
    expect(reply.headers).not.toHaveProperty("x-evil");
  });
});

describe("user metadata", () => {
  test("has at most 2 KB", async () => {
    await put("meta", "x", { Metadata: { a: "v".repeat(2047) } });
    const error = await failure(put("meta", "x", { Metadata: { a: "v".repeat(2048) } }));
    expect(error.name).toBe("MetadataTooLarge");
  });

  test("can have the names of JavaScript properties", async () => {
    const names = ["__proto__", "constructor", "tostring", "hasownproperty"];
    const headers = Object.fromEntries(names.map((name) => [`x-amz-meta-${name}`, `of ${name}`]));
    await raw(running, "PUT", "/files/names", { body: "x", headers });

    expect((await raw(running, "HEAD", "/files/names")).headers).toMatchObject(headers);
    const copy = { "x-amz-copy-source": "/files/names" };
    await raw(running, "PUT", "/files/names-copy", { headers: copy });
    expect((await raw(running, "HEAD", "/files/names-copy")).headers).toMatchObject(headers);
  });

  test("in UTF-8 is returned as encoded words", async () => {
    const value = Buffer.from("café", "utf8").toString("latin1");
    await raw(running, "PUT", "/files/utf8", { body: "x", headers: { "x-amz-meta-Name": value } });

    expect((await head("utf8")).Metadata).toEqual({ name: "=?UTF-8?Q?caf=C3=A9?=" });
  });

  test("in encoded words is returned in encoded words", async () => {
    const name = "=?UTF-8?B?5pel5pys6Kqe?=";
    await put("words", "x", { Metadata: { name } });
    expect((await head("words")).Metadata).toEqual({ name });
  });
});

describe("an invalid request", () => {
  test.each([
    ["an unknown storage class", { StorageClass: "FLOPPY" }, "InvalidStorageClass"],
    ["an invalid redirect", { WebsiteRedirectLocation: "x" }, "InvalidRedirectLocation"],
    [
      "an object lock",
      { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: new Date() },
      "InvalidRequest",
    ],
    ["a public ACL", { ACL: "public-read" }, "AccessControlListNotSupported"],
    ["an unknown encryption", { ServerSideEncryption: "rot13" }, "InvalidArgument"],
  ])("is rejected: %s", async (_, rest, code) => {
    expect((await failure(put("rejected", "x", rest))).name).toBe(code);
    expect((await failure(head("rejected"))).name).toBe("NotFound");
  });

  test("is rejected: another account as the expected owner", async () => {
    const error = await failure(put("owner", "x", { ExpectedBucketOwner: "111111111111" }));
    expect(error.name).toBe("AccessDenied");
  });
});
