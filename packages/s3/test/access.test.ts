import { once } from "node:events";
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { recordChecks } from "./checks.ts";
import { failure } from "./failure.ts";
import { ALLOW_ALL, raw, settings, start, type Running } from "./harness.ts";

let running: Running;
let client: S3Client;
let VersionId: string | undefined;
beforeAll(async () => {
  running = await start();
  client = running.client;
  running.s3.ensureBucket("files", settings());
  const put = new PutObjectCommand({ Bucket: "files", Key: "k", Body: "x", Tagging: "team=a" });
  ({ VersionId } = await client.send(put));
});
afterAll(() => running[Symbol.asyncDispose]());
afterEach(() => {
  running.access = ALLOW_ALL;
});

describe("a missing object", () => {
  test.each([
    ["GET", "/files/none"],
    ["HEAD", "/files/none"],
    ["GET", "/files/none?tagging"],
  ])("answers %s %s with 404, and with 403 without s3:ListBucket", async (method, path) => {
    expect((await raw(running, method, path)).status).toBe(404);
    recordChecks(running, "s3:ListBucket");
    const reply = await raw(running, method, path);
    expect(reply.status).toBe(403);
    const shown = /<Code>(\w+)<\/Code>/.exec(reply.body)?.[1];
    expect(shown).toBe(method === "HEAD" ? undefined : "AccessDenied");
  });

  test("checks s3:ListBucket with maySee only, which denies nothing", async () => {
    running.access = { ...ALLOW_ALL, maySee: (action) => action !== "s3:ListBucket" };
    expect((await raw(running, "GET", "/files/none")).status).toBe(403);
  });

  test("hides a deleted version without s3:ListBucket", async () => {
    const which = { Bucket: "files", Key: "once" };
    const written = await client.send(new PutObjectCommand({ ...which, Body: "x" }));
    const version = { ...which, VersionId: written.VersionId };
    await client.send(new DeleteObjectCommand(version));
    expect((await failure(client.send(new GetObjectCommand(version)))).name).toBe("NoSuchVersion");
    recordChecks(running, "s3:ListBucket");
    expect((await failure(client.send(new GetObjectCommand(version)))).name).toBe("AccessDenied");
  });

  test("hides a delete marker without s3:ListBucket", async () => {
    await client.send(new PutObjectCommand({ Bucket: "files", Key: "hidden", Body: "x" }));
    await client.send(new DeleteObjectCommand({ Bucket: "files", Key: "hidden" }));
    recordChecks(running, "s3:ListBucket");
    expect((await raw(running, "GET", "/files/hidden")).status).toBe(403);
  });
});

describe("DeleteObjects", () => {
  test("checks the permission of each key", async () => {
    const checks: string[] = [];
    running.access = {
      ...ALLOW_ALL,
      allows(action, resource) {
        checks.push(`${action} ${resource}`);
        return !resource.endsWith("/secret");
      },
    };
    const Objects = [{ Key: "secret" }, { Key: "open" }, { Key: "k", VersionId }];
    const reply = await client.send(
      new DeleteObjectsCommand({ Bucket: "files", Delete: { Objects } }),
    );

    expect(reply.$metadata.httpStatusCode).toBe(200);
    expect(reply.Errors).toMatchObject([{ Key: "secret", Code: "AccessDenied" }]);
    expect(reply.Deleted).toMatchObject([{ Key: "open" }, { Key: "k", VersionId }]);
    expect(checks).toEqual([
      "s3:DeleteObject arn:aws:s3:::files/secret",
      "s3:DeleteObject arn:aws:s3:::files/open",
      "s3:DeleteObjectVersion arn:aws:s3:::files/k",
    ]);
  });
});

describe("the condition context", () => {
  test("of a list has its parameters", async () => {
    const checks = recordChecks(running);
    await client.send(
      new ListObjectsV2Command({ Bucket: "files", Prefix: "a/", Delimiter: "/", MaxKeys: 7 }),
    );
    expect(checks[0]?.context).toEqual({
      "s3:prefix": "a/",
      "s3:delimiter": "/",
      "s3:max-keys": "7",
    });
  });

  test("of a write has its headers and tags", async () => {
    const checks = recordChecks(running);
    await client.send(
      new PutObjectCommand({
        Bucket: "files",
        Key: "w",
        Body: "x",
        ACL: "private",
        StorageClass: "STANDARD_IA",
        ServerSideEncryption: "AES256",
        Tagging: "team=a",
      }),
    );
    expect(checks[0]?.context).toEqual({
      "s3:x-amz-acl": "private",
      "s3:x-amz-storage-class": "STANDARD_IA",
      "s3:x-amz-server-side-encryption": "AES256",
      "s3:RequestObjectTag/team": "a",
    });
  });

  test("of a read has the version and the tags of the object", async () => {
    const written = await client.send(
      new PutObjectCommand({ Bucket: "files", Key: "t", Body: "x", Tagging: "team=a" }),
    );
    const checks = recordChecks(running);
    await client.send(
      new GetObjectCommand({ Bucket: "files", Key: "t", VersionId: written.VersionId }),
    );
    expect(checks[0]?.context).toEqual({
      "s3:VersionId": written.VersionId,
      "s3:ExistingObjectTag/team": "a",
    });
  });
});

describe("the tag count", () => {
  test("is omitted without s3:GetObjectTagging", async () => {
    const Key = "counted";
    await client.send(
      new PutObjectCommand({ Bucket: "files", Key, Body: "x", Tagging: "a=1&b=2" }),
    );
    const count = async () =>
      (await client.send(new HeadObjectCommand({ Bucket: "files", Key }))).TagCount;

    expect(await count()).toBe(2);
    recordChecks(running, "s3:GetObjectTagging");
    expect(await count()).toBeUndefined();
  });
});

test("answers an internal error without its details, and emits them as a warning", async () => {
  running.access = {
    ...ALLOW_ALL,
    allows() {
      throw new Error("a secret");
    },
  };
  const warned = once(process, "warning");
  const reply = await raw(running, "GET", "/files/k");
  expect(reply.status).toBe(500);
  expect(reply.body).toContain("<Code>InternalError</Code>");
  expect(reply.body).not.toContain("secret");
  const [warning]: Error[] = await warned;
  expect(warning).toMatchObject({ detail: expect.stringContaining("a secret") });
});

test("discards the body of a denied write", async () => {
  recordChecks(running, "s3:PutObject");
  const body = Buffer.alloc(1_000_000);
  const denied = await raw(running, "PUT", "/files/denied", { body });
  expect(denied.status).toBe(403);
  running.access = ALLOW_ALL;
  expect((await raw(running, "HEAD", "/files/denied")).status).toBe(404);
});
