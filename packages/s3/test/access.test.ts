import { once } from "node:events";
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  UploadPartCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { failure } from "./failure.ts";
import type { S3Access } from "../src/index.ts";
import { ALLOW_ALL, raw, settings, start, type Running } from "./harness.ts";

let running: Running;
let client: S3Client;
let VersionId: string | undefined;
let UploadId: string | undefined;
beforeAll(async () => {
  running = await start();
  client = running.client;
  running.s3.ensureBucket("files", settings());
  const put = new PutObjectCommand({ Bucket: "files", Key: "k", Body: "x", Tagging: "team=a" });
  ({ VersionId } = await client.send(put));
  const create = new CreateMultipartUploadCommand({ Bucket: "files", Key: "k" });
  ({ UploadId } = await client.send(create));
});
afterAll(() => running[Symbol.asyncDispose]());
afterEach(() => {
  running.access = ALLOW_ALL;
});

interface Asked {
  action: string;
  resource: string;
  context: Record<string, string>;
}

/** Lets everything pass but one action, and tells what was asked. */
function watch(denied?: string): Asked[] {
  const asked: Asked[] = [];
  const allows: S3Access["allows"] = (action, resource, context = {}) => {
    asked.push({ action, resource, context });
    return action !== denied;
  };
  running.access = { allows, maySee: allows };
  return asked;
}

const KEY = { Bucket: "files", Key: "k" };
const BUCKET = { Bucket: "files" };
const OBJECT = "arn:aws:s3:::files/k";

/** Each operation, the actions it needs, and on what. */
const OPERATIONS: [string, () => Promise<unknown>, string[], string][] = [
  ["GetObject", () => client.send(new GetObjectCommand(KEY)), ["s3:GetObject"], OBJECT],
  [
    "GetObject of a version",
    () => client.send(new GetObjectCommand({ ...KEY, VersionId })),
    ["s3:GetObjectVersion"],
    OBJECT,
  ],
  ["HeadObject", () => client.send(new HeadObjectCommand(KEY)), ["s3:GetObject"], OBJECT],
  [
    "HeadObject of a version",
    () => client.send(new HeadObjectCommand({ ...KEY, VersionId })),
    ["s3:GetObjectVersion"],
    OBJECT,
  ],
  [
    "PutObject",
    () => client.send(new PutObjectCommand({ ...KEY, Body: "x" })),
    ["s3:PutObject"],
    OBJECT,
  ],
  [
    "PutObject with tags",
    () => client.send(new PutObjectCommand({ ...KEY, Body: "x", Tagging: "a=1" })),
    ["s3:PutObject", "s3:PutObjectTagging"],
    OBJECT,
  ],
  [
    "PutObject with an ACL",
    () => client.send(new PutObjectCommand({ ...KEY, Body: "x", ACL: "private" })),
    ["s3:PutObject", "s3:PutObjectAcl"],
    OBJECT,
  ],
  [
    "CreateMultipartUpload",
    () => client.send(new CreateMultipartUploadCommand(KEY)),
    ["s3:PutObject"],
    OBJECT,
  ],
  [
    "UploadPart",
    () => client.send(new UploadPartCommand({ ...KEY, UploadId, PartNumber: 1, Body: "x" })),
    ["s3:PutObject"],
    OBJECT,
  ],
  [
    "ListParts",
    () => client.send(new ListPartsCommand({ ...KEY, UploadId })),
    ["s3:ListMultipartUploadParts"],
    OBJECT,
  ],
  [
    "GetObjectTagging",
    () => client.send(new GetObjectTaggingCommand(KEY)),
    ["s3:GetObjectTagging"],
    OBJECT,
  ],
  [
    "GetObjectTagging of a version",
    () => client.send(new GetObjectTaggingCommand({ ...KEY, VersionId })),
    ["s3:GetObjectVersionTagging"],
    OBJECT,
  ],
  [
    "PutObjectTagging",
    () => client.send(new PutObjectTaggingCommand({ ...KEY, Tagging: { TagSet: [] } })),
    ["s3:PutObjectTagging"],
    OBJECT,
  ],
  [
    "PutObjectTagging of a version",
    () => client.send(new PutObjectTaggingCommand({ ...KEY, VersionId, Tagging: { TagSet: [] } })),
    ["s3:PutObjectVersionTagging"],
    OBJECT,
  ],
  [
    "GetObjectAttributes",
    () => client.send(new GetObjectAttributesCommand({ ...KEY, ObjectAttributes: ["ETag"] })),
    ["s3:GetObject", "s3:GetObjectAttributes"],
    OBJECT,
  ],
  [
    "GetObjectAttributes of a version",
    () =>
      client.send(
        new GetObjectAttributesCommand({ ...KEY, VersionId, ObjectAttributes: ["ETag"] }),
      ),
    ["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"],
    OBJECT,
  ],
  [
    "ListObjects",
    () => client.send(new ListObjectsCommand(BUCKET)),
    ["s3:ListBucket"],
    "arn:aws:s3:::files",
  ],
  [
    "ListObjectsV2",
    () => client.send(new ListObjectsV2Command(BUCKET)),
    ["s3:ListBucket"],
    "arn:aws:s3:::files",
  ],
  [
    "HeadBucket",
    () => client.send(new HeadBucketCommand(BUCKET)),
    ["s3:ListBucket"],
    "arn:aws:s3:::files",
  ],
  [
    "ListObjectVersions",
    () => client.send(new ListObjectVersionsCommand(BUCKET)),
    ["s3:ListBucketVersions"],
    "arn:aws:s3:::files",
  ],
  [
    "ListMultipartUploads",
    () => client.send(new ListMultipartUploadsCommand(BUCKET)),
    ["s3:ListBucketMultipartUploads"],
    "arn:aws:s3:::files",
  ],
  [
    "GetBucketVersioning",
    () => client.send(new GetBucketVersioningCommand(BUCKET)),
    ["s3:GetBucketVersioning"],
    "arn:aws:s3:::files",
  ],
  [
    "PutBucketVersioning",
    () =>
      client.send(
        new PutBucketVersioningCommand({
          ...BUCKET,
          VersioningConfiguration: { Status: "Enabled" },
        }),
      ),
    ["s3:PutBucketVersioning"],
    "arn:aws:s3:::files",
  ],
  [
    "GetBucketLocation",
    () => client.send(new GetBucketLocationCommand(BUCKET)),
    ["s3:GetBucketLocation"],
    "arn:aws:s3:::files",
  ],
  [
    "GetBucketNotification",
    () => client.send(new GetBucketNotificationConfigurationCommand(BUCKET)),
    ["s3:GetBucketNotification"],
    "arn:aws:s3:::files",
  ],
  [
    "ListBuckets",
    () => client.send(new ListBucketsCommand({})),
    ["s3:ListAllMyBuckets"],
    "arn:aws:s3:::*",
  ],
  [
    "DeleteObject",
    () => client.send(new DeleteObjectCommand({ ...KEY, Key: "gone" })),
    ["s3:DeleteObject"],
    "arn:aws:s3:::files/gone",
  ],
  [
    "AbortMultipartUpload",
    () => client.send(new AbortMultipartUploadCommand({ ...KEY, UploadId })),
    ["s3:AbortMultipartUpload"],
    OBJECT,
  ],
];

describe.each(OPERATIONS)("%s", (_, send, actions, resource) => {
  test.each(actions)("is denied without %s", async (action) => {
    watch(action);
    expect((await failure(send())).$metadata.httpStatusCode).toBe(403);
  });

  test("needs just that", async () => {
    const asked = watch();
    await send();
    // Whether the tags may be counted is a question, not a need.
    const needed = asked.filter(
      ({ action }) => actions.includes(action) || !action.endsWith("Tagging"),
    );
    expect(needed.map(({ action }) => action)).toEqual(actions);
    expect(new Set(needed.map((need) => need.resource))).toEqual(new Set([resource]));
  });
});

describe("a copy", () => {
  const copy = (CopySource: string, more: Partial<CopyObjectCommandInput> = {}) =>
    client.send(new CopyObjectCommand({ Bucket: "files", Key: "copy", CopySource, ...more }));
  let tagged: string | undefined;
  beforeAll(async () => {
    for (const Tagging of [undefined, "team=a"]) {
      const put = { Bucket: "files", Key: Tagging ? "tagged" : "untagged", Body: "x", Tagging };
      tagged = (await client.send(new PutObjectCommand(put))).VersionId;
    }
  });
  const needs = (asked: Asked[]) => asked.map(({ action, resource }) => `${action} ${resource}`);

  test("needs to read here and to write there", async () => {
    const asked = watch();
    await copy("files/untagged");
    await copy(`files/tagged?versionId=${tagged}`, { TaggingDirective: "REPLACE" });

    expect(needs(asked)).toEqual([
      "s3:PutObject arn:aws:s3:::files/copy",
      "s3:GetObject arn:aws:s3:::files/untagged",
      "s3:PutObject arn:aws:s3:::files/copy",
      "s3:GetObjectVersion arn:aws:s3:::files/tagged",
    ]);
    expect(asked[0]?.context).toEqual({ "s3:x-amz-copy-source": "files/untagged" });
    watch("s3:GetObject");
    expect((await failure(copy("files/untagged"))).name).toBe("AccessDenied");
  });

  test("of tags needs to read them here and to write them there", async () => {
    const asked = watch();
    await copy("files/tagged");
    await copy(`files/tagged?versionId=${tagged}`);

    expect(needs(asked).filter((need) => need.includes("Tagging"))).toEqual([
      "s3:GetObjectTagging arn:aws:s3:::files/tagged",
      "s3:PutObjectTagging arn:aws:s3:::files/copy",
      "s3:GetObjectVersionTagging arn:aws:s3:::files/tagged",
      "s3:PutObjectTagging arn:aws:s3:::files/copy",
    ]);
    expect(asked[3]?.context).toMatchObject({ "s3:RequestObjectTag/team": "a" });
  });

  test.each(["s3:GetObjectTagging", "s3:PutObjectTagging"])(
    "of tags without %s is denied, and copies nothing",
    async (action) => {
      watch(action);
      expect((await failure(copy("files/tagged", { Key: "not-copied" }))).name).toBe(
        "AccessDenied",
      );

      running.access = ALLOW_ALL;
      expect((await raw(running, "HEAD", "/files/not-copied")).status).toBe(404);
    },
  );
});

describe("what is not there", () => {
  test.each([
    ["GET", "/files/none"],
    ["HEAD", "/files/none"],
    ["GET", "/files/none?tagging"],
  ])("%s %s is 404 to those who may list, 403 to the others", async (method, path) => {
    expect((await raw(running, method, path)).status).toBe(404);
    watch("s3:ListBucket");
    const reply = await raw(running, method, path);
    expect(reply.status).toBe(403);
    const shown = /<Code>(\w+)<\/Code>/.exec(reply.body)?.[1];
    expect(shown).toBe(method === "HEAD" ? undefined : "AccessDenied");
  });

  test("is kept from those who may not list, with nothing that they are refused", async () => {
    running.access = { ...ALLOW_ALL, maySee: (action) => action !== "s3:ListBucket" };
    expect((await raw(running, "GET", "/files/none")).status).toBe(403);
  });

  test("nor is a version that was deleted", async () => {
    const which = { Bucket: "files", Key: "once" };
    const written = await client.send(new PutObjectCommand({ ...which, Body: "x" }));
    const version = { ...which, VersionId: written.VersionId };
    await client.send(new DeleteObjectCommand(version));
    expect((await failure(client.send(new GetObjectCommand(version)))).name).toBe("NoSuchVersion");
    watch("s3:ListBucket");
    expect((await failure(client.send(new GetObjectCommand(version)))).name).toBe("AccessDenied");
  });

  test("nor is what is hidden behind a marker", async () => {
    await client.send(new PutObjectCommand({ Bucket: "files", Key: "hidden", Body: "x" }));
    await client.send(new DeleteObjectCommand({ Bucket: "files", Key: "hidden" }));
    watch("s3:ListBucket");
    expect((await raw(running, "GET", "/files/hidden")).status).toBe(403);
  });
});

describe("deleting many", () => {
  test("is judged key by key", async () => {
    const asked: string[] = [];
    running.access = {
      ...ALLOW_ALL,
      allows(action, resource) {
        asked.push(`${action} ${resource}`);
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
    expect(asked).toEqual([
      "s3:DeleteObject arn:aws:s3:::files/secret",
      "s3:DeleteObject arn:aws:s3:::files/open",
      "s3:DeleteObjectVersion arn:aws:s3:::files/k",
    ]);
  });
});

describe("policies are told", () => {
  test("what a list is of", async () => {
    const asked = watch();
    await client.send(
      new ListObjectsV2Command({ Bucket: "files", Prefix: "a/", Delimiter: "/", MaxKeys: 7 }),
    );
    expect(asked[0]?.context).toEqual({
      "s3:prefix": "a/",
      "s3:delimiter": "/",
      "s3:max-keys": "7",
    });
  });

  test("what a write carries", async () => {
    const asked = watch();
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
    expect(asked[0]?.context).toEqual({
      "s3:x-amz-acl": "private",
      "s3:x-amz-storage-class": "STANDARD_IA",
      "s3:x-amz-server-side-encryption": "AES256",
      "s3:RequestObjectTag/team": "a",
    });
  });

  test("which version is read, and how the object is tagged", async () => {
    const written = await client.send(
      new PutObjectCommand({ Bucket: "files", Key: "t", Body: "x", Tagging: "team=a" }),
    );
    const asked = watch();
    await client.send(
      new GetObjectCommand({ Bucket: "files", Key: "t", VersionId: written.VersionId }),
    );
    expect(asked[0]?.context).toEqual({
      "s3:VersionId": written.VersionId,
      "s3:ExistingObjectTag/team": "a",
    });
  });
});

describe("tags", () => {
  test("are counted only for those who may read them", async () => {
    const Key = "counted";
    await client.send(
      new PutObjectCommand({ Bucket: "files", Key, Body: "x", Tagging: "a=1&b=2" }),
    );
    const count = async () =>
      (await client.send(new HeadObjectCommand({ Bucket: "files", Key }))).TagCount;

    expect(await count()).toBe(2);
    watch("s3:GetObjectTagging");
    expect(await count()).toBeUndefined();
  });
});

test("RestoreObject is denied without s3:RestoreObject", async () => {
  watch("s3:RestoreObject");
  const send = new RestoreObjectCommand({ ...KEY, RestoreRequest: { Days: 1 } });
  expect((await failure(client.send(send))).name).toBe("AccessDenied");
});

test("a failure of ours is an error that says no more than that", async () => {
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

test("a denied write is not read, and leaves the connection usable", async () => {
  watch("s3:PutObject");
  const body = Buffer.alloc(1_000_000);
  const denied = await raw(running, "PUT", "/files/denied", { body });
  expect(denied.status).toBe(403);
  running.access = ALLOW_ALL;
  expect((await raw(running, "HEAD", "/files/denied")).status).toBe(404);
});
