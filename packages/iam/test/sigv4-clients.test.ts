import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { DynamoDBClient, ListTablesCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CopyObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { verifySignature } from "../src/sigv4/index.ts";
import { run, sendRaw, sha256, startCapture, type Capture, type Captured } from "./wire.ts";

const KEY = {
  accessKeyId: "AKIAOFFLINE000000001",
  secretAccessKey: "a/secret+key",
  sessionToken: "token/+==",
};
const ODD_KEYS = [
  "two words",
  "a+b",
  "a%2Fb",
  "100%",
  "ünï/日本語/😀",
  "//x",
  "a/../b",
  "*",
  "'()!*&=?#",
  "$,;:@~",
];

/** Starting a command-line client takes seconds on a busy machine. */
const CLIENT_TIMEOUT = { timeout: 60_000 };

let server: Capture;
let folder: string;

beforeAll(async () => {
  server = await startCapture();
  folder = await mkdtemp(path.join(tmpdir(), "sigv4-"));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
afterEach(() => {
  server.take();
});

/**
 * Returns the verdict on a request with its secret, and with another secret: `ok`, or the reason of
 * the failure.
 */
function verdicts(request: Captured, sessionToken?: string): string[] {
  const verify = (secretAccessKey: string) => {
    const verdict = verifySignature(request, {
      credentialOf: (id) =>
        id === KEY.accessKeyId ? { secretAccessKey, sessionToken } : undefined,
      now: new Date(),
    });
    return verdict.ok ? "ok" : `${verdict.reason}: ${verdict.detail}`;
  };
  return [verify(KEY.secretAccessKey), verify("another secret").replace(/:.*/, "")];
}

/** Expects that every captured request is accepted with its secret, and rejected with another. */
function expectAllSigned(requests: Captured[], atLeast: number, sessionToken?: string): void {
  expect(requests.length).toBeGreaterThanOrEqual(atLeast);
  for (const request of requests) {
    expect({
      request: `${request.method} ${request.url}`,
      verdicts: verdicts(request, sessionToken),
    }).toStrictEqual({
      request: `${request.method} ${request.url}`,
      verdicts: ["ok", "mismatch"],
    });
  }
}

const config = () => ({
  endpoint: server.url,
  region: "us-east-1",
  credentials: KEY,
  maxAttempts: 1,
  forcePathStyle: true,
});

test("accepts every request of the AWS SDK's S3 client, for any key", CLIENT_TIMEOUT, async () => {
  const s3 = new S3Client(config());
  for (const Key of ODD_KEYS) {
    await s3.send(
      new PutObjectCommand({ Bucket: "b", Key, Body: "content", Metadata: { a: "b  c" } }),
    );
    await s3.send(
      new GetObjectCommand({ Bucket: "b", Key, Range: "bytes=0-1", ChecksumMode: "ENABLED" }),
    );
    await s3.send(new ListObjectsV2Command({ Bucket: "b", Prefix: Key, Delimiter: "/" }));
    // The client rejects the empty response to a copy. Only the request matters here.
    const copy = new CopyObjectCommand({
      Bucket: "b",
      Key,
      CopySource: encodeURIComponent(`b/${Key}`),
    });
    await Promise.allSettled([s3.send(copy)]);
  }

  expectAllSigned(server.take(), 4 * ODD_KEYS.length, KEY.sessionToken);
});

test("accepts the AWS SDK's DynamoDB and SQS requests", CLIENT_TIMEOUT, async () => {
  const table = new DynamoDBClient(config());
  await table.send(new ListTablesCommand({}));
  await table.send(new PutItemCommand({ TableName: "t", Item: { pk: { S: "ünï 日本" } } }));
  const queue = new SQSClient({ ...config(), md5: false });
  await queue.send(
    new SendMessageCommand({ QueueUrl: `${server.url}/123456789012/q`, MessageBody: "hello" }),
  );

  expectAllSigned(server.take(), 3, KEY.sessionToken);
});

test("accepts URLs that the AWS SDK presigned, for any key", CLIENT_TIMEOUT, async () => {
  const s3 = new S3Client(config());
  for (const Key of ODD_KEYS) {
    await sendRaw(
      await getSignedUrl(s3, new GetObjectCommand({ Bucket: "b", Key }), { expiresIn: 60 }),
    );
    const url = await getSignedUrl(
      s3,
      new PutObjectCommand({ Bucket: "b", Key, ContentType: "text/plain" }),
    );
    await sendRaw(url, {
      method: "PUT",
      body: "content",
      headers: { "content-type": "text/plain" },
    });
  }

  expectAllSigned(server.take(), 2 * ODD_KEYS.length, KEY.sessionToken);
});

const AWS = "/usr/bin/aws";
test.skipIf(!existsSync(AWS))(
  "accepts the requests of aws-cli, including presigned URLs",
  CLIENT_TIMEOUT,
  async () => {
    const env = {
      AWS_ACCESS_KEY_ID: KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey,
      AWS_SESSION_TOKEN: KEY.sessionToken,
      AWS_REGION: "us-east-1",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_MAX_ATTEMPTS: "1",
      HOME: folder,
    };
    const file = path.join(folder, "upload");
    await writeFile(file, "content");
    const aws = (...args: string[]) => run(AWS, ["--endpoint-url", server.url, ...args], env);
    await aws("s3", "cp", file, "s3://b/two words+ü (1)'!*.txt", "--metadata", "a=b");
    await aws(
      "s3api",
      "get-object",
      "--bucket",
      "b",
      "--key",
      "a/../b//%2F",
      path.join(folder, "download"),
    );
    await aws("s3api", "list-objects-v2", "--bucket", "b", "--prefix", "a b/ü");
    await aws("dynamodb", "list-tables");
    const presigned = (await aws("s3", "presign", "s3://b/a b+ü", "--expires-in", "60")).trim();
    await sendRaw(presigned);

    expectAllSigned(server.take(), 5, KEY.sessionToken);
  },
);

const RCLONE = "/usr/bin/rclone";
test.skipIf(!existsSync(RCLONE))("accepts the requests of rclone", CLIENT_TIMEOUT, async () => {
  const env = {
    RCLONE_CONFIG: path.join(folder, "rclone.conf"),
    RCLONE_CONFIG_OFF_TYPE: "s3",
    RCLONE_CONFIG_OFF_PROVIDER: "Other",
    RCLONE_CONFIG_OFF_ENDPOINT: server.url,
    RCLONE_CONFIG_OFF_ACCESS_KEY_ID: KEY.accessKeyId,
    RCLONE_CONFIG_OFF_SECRET_ACCESS_KEY: KEY.secretAccessKey,
    RCLONE_CONFIG_OFF_SESSION_TOKEN: KEY.sessionToken,
    RCLONE_CONFIG_OFF_REGION: "us-east-1",
    HOME: folder,
  };
  await writeFile(env.RCLONE_CONFIG, "");
  const file = path.join(folder, "upload");
  await writeFile(file, "content");
  const rclone = (...args: string[]) =>
    run(RCLONE, [...args, "--retries", "1", "--low-level-retries", "1"], env);
  await rclone("copyto", file, "off:b/two words+ü (1)'!*.txt");
  await rclone("lsf", "off:b/a b");
  await rclone("deletefile", "off:b/100%.txt");
  const output = await rclone("link", "off:b/a b+ü", "--expire", "1m");
  await sendRaw(/^http\S+/m.exec(output)?.[0] ?? output);

  expectAllSigned(server.take(), 4, KEY.sessionToken);
});

const S3CMD = "/usr/bin/s3cmd";
test.skipIf(!existsSync(S3CMD))("accepts the requests of s3cmd", CLIENT_TIMEOUT, async () => {
  const configuration = path.join(folder, "s3cfg");
  await writeFile(
    configuration,
    [
      "[default]",
      `access_key = ${KEY.accessKeyId}`,
      `secret_key = ${KEY.secretAccessKey}`,
      `access_token = ${KEY.sessionToken}`,
      `host_base = 127.0.0.1:${server.port}`,
      `host_bucket = 127.0.0.1:${server.port}`,
      "bucket_location = us-east-1",
      "use_https = False",
      "signature_v2 = False",
      "max_retries = 0",
    ].join("\n"),
  );
  const file = path.join(folder, "upload");
  await writeFile(file, "content");
  const s3cmd = (...args: string[]) => run(S3CMD, ["-c", configuration, ...args], { HOME: folder });
  await s3cmd("put", file, "s3://b/two words+ü (1)'!*.txt");
  await s3cmd("get", "--force", "s3://b/a//b%2F", path.join(folder, "download"));
  await s3cmd("ls", "s3://b/a b/ü");

  expectAllSigned(server.take(), 3, KEY.sessionToken);
});

test("captures what the client sent", async () => {
  await fetch(`${server.url}/a%20b?c`, { method: "POST", body: "content" });

  expect(server.take()).toMatchObject([
    { method: "POST", url: "/a%20b?c", bodySha256: sha256("content") },
  ]);
});
