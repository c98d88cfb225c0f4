import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
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
import { recordChecks, type Check } from "./checks.ts";
import { failure } from "./failure.ts";
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

const KEY = { Bucket: "files", Key: "k" };
const BUCKET = { Bucket: "files" };
const OBJECT = "arn:aws:s3:::files/k";

/** Each operation, the actions that it needs, and their resource. */
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
    recordChecks(running, action);
    expect((await failure(send())).$metadata.httpStatusCode).toBe(403);
  });

  test("needs only the listed actions", async () => {
    const checks = recordChecks(running);
    await send();
    // Reading the tag count is optional: the response omits it if it is denied.
    const needed = checks.filter(
      ({ action }) => actions.includes(action) || !action.endsWith("Tagging"),
    );
    expect(needed.map(({ action }) => action)).toEqual(actions);
    expect(new Set(needed.map((check) => check.resource))).toEqual(new Set([resource]));
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
  const needs = (checks: Check[]) => checks.map(({ action, resource }) => `${action} ${resource}`);

  test("needs read access to the source and write access to the target", async () => {
    const checks = recordChecks(running);
    await copy("files/untagged");
    await copy(`files/tagged?versionId=${tagged}`, { TaggingDirective: "REPLACE" });

    expect(needs(checks)).toEqual([
      "s3:PutObject arn:aws:s3:::files/copy",
      "s3:GetObject arn:aws:s3:::files/untagged",
      "s3:PutObject arn:aws:s3:::files/copy",
      "s3:GetObjectVersion arn:aws:s3:::files/tagged",
    ]);
    expect(checks[0]?.context).toEqual({ "s3:x-amz-copy-source": "files/untagged" });
    recordChecks(running, "s3:GetObject");
    expect((await failure(copy("files/untagged"))).name).toBe("AccessDenied");
  });

  test("of an object with tags needs read and write access to tags", async () => {
    const checks = recordChecks(running);
    await copy("files/tagged");
    await copy(`files/tagged?versionId=${tagged}`);

    expect(needs(checks).filter((need) => need.includes("Tagging"))).toEqual([
      "s3:GetObjectTagging arn:aws:s3:::files/tagged",
      "s3:PutObjectTagging arn:aws:s3:::files/copy",
      "s3:GetObjectVersionTagging arn:aws:s3:::files/tagged",
      "s3:PutObjectTagging arn:aws:s3:::files/copy",
    ]);
    expect(checks[3]?.context).toMatchObject({ "s3:RequestObjectTag/team": "a" });
  });

  test.each(["s3:GetObjectTagging", "s3:PutObjectTagging"])(
    "of an object with tags is denied without %s, and copies nothing",
    async (action) => {
      recordChecks(running, action);
      expect((await failure(copy("files/tagged", { Key: "not-copied" }))).name).toBe(
        "AccessDenied",
      );

      running.access = ALLOW_ALL;
      expect((await raw(running, "HEAD", "/files/not-copied")).status).toBe(404);
    },
  );
});

test("RestoreObject is denied without s3:RestoreObject", async () => {
  recordChecks(running, "s3:RestoreObject");
  const send = new RestoreObjectCommand({ ...KEY, RestoreRequest: { Days: 1 } });
  expect((await failure(client.send(send))).name).toBe("AccessDenied");
});
