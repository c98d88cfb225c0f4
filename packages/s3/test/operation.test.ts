import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as sdk from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operationOf } from "../src/index.ts";
import { ROUTES } from "../src/routes.ts";

/** The SDK declares no common type that all of its commands can be assigned to. */
type AnyCommand = Parameters<sdk.S3Client["send"]>[0];

const IN_BUCKET = { Bucket: "files" };
const OBJECT = { Bucket: "files", Key: "a folder/ä+b.txt" };
const UPLOAD = { ...OBJECT, UploadId: "upload" };
const PART = { ...UPLOAD, PartNumber: 1 };
const SOURCE = { CopySource: "files/other" };
const TAGS = { Tagging: { TagSet: [{ Key: "team", Value: "a" }] } };

/** One command per supported operation, with parameters that must not select another operation. */
const COMMANDS: readonly object[] = [
  new sdk.ListBucketsCommand({ Prefix: "f", MaxBuckets: 5, ContinuationToken: "t" }),
  new sdk.HeadBucketCommand(IN_BUCKET),
  new sdk.CreateBucketCommand(IN_BUCKET),
  new sdk.DeleteBucketCommand(IN_BUCKET),
  new sdk.GetBucketLocationCommand(IN_BUCKET),
  new sdk.GetBucketVersioningCommand(IN_BUCKET),
  new sdk.PutBucketVersioningCommand({
    ...IN_BUCKET,
    VersioningConfiguration: { Status: "Enabled" },
  }),
  new sdk.GetBucketNotificationConfigurationCommand(IN_BUCKET),
  new sdk.PutBucketNotificationConfigurationCommand({
    ...IN_BUCKET,
    NotificationConfiguration: {},
  }),
  new sdk.GetBucketTaggingCommand(IN_BUCKET),
  new sdk.PutBucketTaggingCommand({ ...IN_BUCKET, ...TAGS }),
  new sdk.PutBucketPolicyCommand({ ...IN_BUCKET, Policy: "{}" }),
  new sdk.DeleteBucketPolicyCommand(IN_BUCKET),
  new sdk.DeleteBucketTaggingCommand(IN_BUCKET),
  new sdk.GetBucketPolicyCommand(IN_BUCKET),
  new sdk.GetBucketPolicyStatusCommand(IN_BUCKET),
  new sdk.GetBucketLifecycleConfigurationCommand(IN_BUCKET),
  new sdk.GetPublicAccessBlockCommand(IN_BUCKET),
  new sdk.GetBucketEncryptionCommand(IN_BUCKET),
  new sdk.GetBucketOwnershipControlsCommand(IN_BUCKET),
  new sdk.GetBucketAclCommand(IN_BUCKET),
  new sdk.GetBucketCorsCommand(IN_BUCKET),
  new sdk.GetBucketWebsiteCommand(IN_BUCKET),
  new sdk.GetBucketReplicationCommand(IN_BUCKET),
  new sdk.GetObjectLockConfigurationCommand(IN_BUCKET),
  new sdk.GetBucketLoggingCommand(IN_BUCKET),
  new sdk.GetBucketAccelerateConfigurationCommand(IN_BUCKET),
  new sdk.GetBucketRequestPaymentCommand(IN_BUCKET),
  new sdk.ListObjectsCommand({ ...IN_BUCKET, Prefix: "a", Delimiter: "/", Marker: "b" }),
  new sdk.ListObjectsV2Command({ ...IN_BUCKET, Prefix: "a", StartAfter: "b", FetchOwner: true }),
  new sdk.ListObjectVersionsCommand({ ...IN_BUCKET, KeyMarker: "a", VersionIdMarker: "v" }),
  new sdk.ListMultipartUploadsCommand({ ...IN_BUCKET, KeyMarker: "a", UploadIdMarker: "u" }),
  new sdk.DeleteObjectsCommand({ ...IN_BUCKET, Delete: { Objects: [{ Key: "a" }] } }),
  new sdk.PutObjectCommand({ ...OBJECT, Body: "text", Tagging: "team=a" }),
  new sdk.GetObjectCommand({ ...OBJECT, VersionId: "v", ResponseContentType: "text/plain" }),
  new sdk.HeadObjectCommand({ ...OBJECT, VersionId: "v", PartNumber: 1 }),
  new sdk.DeleteObjectCommand({ ...OBJECT, VersionId: "v" }),
  new sdk.CopyObjectCommand({ ...OBJECT, ...SOURCE }),
  new sdk.GetObjectAttributesCommand({ ...OBJECT, ObjectAttributes: ["ETag"] }),
  new sdk.GetObjectAclCommand(OBJECT),
  new sdk.GetObjectTaggingCommand({ ...OBJECT, VersionId: "v" }),
  new sdk.PutObjectTaggingCommand({ ...OBJECT, ...TAGS }),
  new sdk.DeleteObjectTaggingCommand({ ...OBJECT, VersionId: "v" }),
  new sdk.RestoreObjectCommand({ ...OBJECT, RestoreRequest: { Days: 1 } }),
  new sdk.CreateMultipartUploadCommand(OBJECT),
  new sdk.UploadPartCommand({ ...PART, Body: "text" }),
  new sdk.UploadPartCopyCommand({ ...PART, ...SOURCE }),
  new sdk.ListPartsCommand({ ...UPLOAD, PartNumberMarker: "1" }),
  new sdk.CompleteMultipartUploadCommand({ ...UPLOAD, MultipartUpload: { Parts: [] } }),
  new sdk.AbortMultipartUploadCommand(UPLOAD),
];

const seen: (string | undefined)[] = [];

/** Names each request and answers it with an error. */
const server = createServer((request, response) => {
  const { method = "", url = "", headers } = request;
  seen.push(operationOf({ method, url, headers }));
  request.resume();
  response.writeHead(400, { Connection: "close" }).end();
});
let client: sdk.S3Client;

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  client = new sdk.S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
});

afterAll(() => {
  client.destroy();
  server.close();
});

const nameOf = (command: object) => command.constructor.name.replace(/Command$/, "");

test.each(COMMANDS.map((command) => [nameOf(command), command] as const))(
  "names the SDK's request for %s",
  async (name, command) => {
    seen.length = 0;
    await expect(client.send(command as AnyCommand)).rejects.toHaveProperty(
      "$metadata.httpStatusCode",
      400,
    );
    expect(seen).toEqual([name]);
  },
);

test("compares the name of every supported operation with the SDK's", () => {
  const supported = Object.values(ROUTES).flatMap((routes) => routes.map(({ name }) => name));
  expect(COMMANDS.map(nameOf).toSorted()).toEqual(supported.toSorted());
});

function operation(method: string, url: string, bucket?: string): string | undefined {
  return operationOf({ method, url, headers: {}, bucket });
}

test("names a virtual-hosted-style request", () => {
  expect(operation("GET", "/", "files")).toBe("ListObjects");
  expect(operation("GET", "/?policy", "files")).toBe("GetBucketPolicy");
  expect(operation("GET", "/a?tagging", "files")).toBe("GetObjectTagging");
});

test("names a presigned request that carries its headers as parameters", () => {
  const signature = "X-Amz-Signature=0&X-Amz-Expires=60";
  expect(operation("GET", `/files/a?${signature}`)).toBe("GetObject");
  expect(operation("PUT", `/files/a?${signature}`)).toBe("PutObject");
  expect(operation("PUT", `/files/a?${signature}&x-amz-copy-source=files%2Fb`)).toBe("CopyObject");
});

test.each([
  ["an unknown method", "PATCH", "/files/a"],
  ["a preflight request", "OPTIONS", "/files/a"],
  ["an unknown query parameter", "GET", "/files/a?torrent"],
  ["a browser form upload", "POST", "/files"],
  ["a key that is not valid percent-encoding", "GET", "/files/%zz"],
  ["a parameter that cannot be a header", "GET", "/files/a?x-amz-meta-a%0Ab=1"],
])("does not name %s", (_, method, url) => {
  expect(operation(method, url)).toBeUndefined();
});
