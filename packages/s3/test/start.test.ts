import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect, test, vi } from "vitest";
import { startS3, type StartedS3 } from "../src/index.ts";
import { failure } from "./failure.ts";
import { ALL_EVENTS, QUEUE, raw } from "./harness.ts";

function clientOf({ endpoint }: StartedS3): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "AKIAANY", secretAccessKey: "any" },
    maxAttempts: 1,
  });
}

test("starts with the given buckets, in a temporary folder that close deletes", async () => {
  const started = await startS3({ buckets: ["one", "two"] });
  const list = await clientOf(started).send(new ListBucketsCommand({}));

  expect(list.Buckets?.map(({ Name }) => Name)).toEqual(["one", "two"]);
  expect(started.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(existsSync(started.dir)).toBe(true);
  await started.close();
  await started.close();
  expect(existsSync(started.dir)).toBe(false);
  await expect(raw(started, "GET", "/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("keeps a given folder, and continues with its data", async () => {
  const dir = await mkdtemp(join(tmpdir(), "waybill-start-"));
  const first = await startS3({ dir, buckets: ["files"] });
  await raw(first, "PUT", "/files/a", { body: "kept" });
  await first.close();
  const second = await startS3({ dir });

  expect((await raw(second, "GET", "/files/a")).body).toBe("kept");
  await second.close();
  await rm(dir, { recursive: true });
});

test("rejects a port that is in use, and leaves no store open", async () => {
  await using first = await startS3();
  const dir = await mkdtemp(join(tmpdir(), "waybill-start-"));
  const port = Number(new URL(first.endpoint).port);

  await expect(startS3({ dir, port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await (await startS3({ dir })).close();
  await rm(dir, { recursive: true });
});

test("rejects an invalid bucket name", async () => {
  await expect(startS3({ buckets: ["No_Bucket"] })).rejects.toThrow(/not valid/);
});

test("uses the given Region and account", async () => {
  await using started = await startS3({
    buckets: ["files"],
    region: "eu-west-1",
    accountId: "123456789012",
  });
  const owned = { "x-amz-expected-bucket-owner": "123456789012" };

  const head = await raw(started, "HEAD", "/files", { headers: owned });
  expect(head).toMatchObject({ status: 200, headers: { "x-amz-bucket-region": "eu-west-1" } });
});

test("accepts requests without credentials, and reports their caller as anonymous", async () => {
  const bodies: string[] = [];
  await using started = await startS3({
    buckets: ["files"],
    notifications: [ALL_EVENTS],
    deliver: async (_, body) => void bodies.push(body),
  });
  await raw(started, "PUT", "/files/a", { body: "x" });
  await clientOf(started).send(new PutObjectCommand({ Bucket: "files", Key: "b", Body: "x" }));
  await raw(started, "PUT", "/files/c?X-Amz-Credential=AKIAURL%2F20260101%2Fus-east-1", {
    body: "x",
  });
  await started.s3.settled();

  const principals = bodies.flatMap((body) => /"principalId":"(AWS:\w+)"/.exec(body)?.[1] ?? []);
  expect(principals.toSorted()).toEqual(["AWS:AKIAANY", "AWS:AKIAURL", "AWS:anonymous"]);
});

test("denies what the given access denies", async () => {
  await using started = await startS3({
    buckets: ["files"],
    access: { allows: (action) => action !== "s3:PutObject", maySee: () => true },
  });
  expect((await raw(started, "PUT", "/files/a", { body: "x" })).status).toBe(403);
  expect((await raw(started, "GET", "/files")).status).toBe(200);
});

test("rejects notification rules without a queue to deliver to", async () => {
  await expect(startS3({ buckets: ["files"], notifications: [ALL_EVENTS] })).rejects.toThrow(
    /pass `deliver`/,
  );
  await using started = await startS3({ buckets: ["files"] });
  const QueueConfigurations = [{ QueueArn: QUEUE, Events: ["s3:ObjectCreated:*" as const] }];
  const put = new PutBucketNotificationConfigurationCommand({
    Bucket: "files",
    NotificationConfiguration: { QueueConfigurations },
  });
  expect((await failure(clientOf(started).send(put))).message).toContain("Unable to validate");
});

test("creates the buckets with the given versioning", async () => {
  await using started = await startS3({ buckets: ["files"], versioning: "Enabled" });
  const { headers } = await raw(started, "PUT", "/files/a", { body: "x" });
  expect(headers["x-amz-version-id"]).toMatch(/^[\w.]{32}$/);
});

test("closes the store only after the requests in progress have ended", async () => {
  const arrived = Promise.withResolvers<void>();
  const allows = (): boolean => {
    arrived.resolve();
    return true;
  };
  const started = await startS3({ buckets: ["files"], access: { allows, maySee: allows } });
  const warned = vi.fn<(warning: Error) => void>();
  process.on("warning", warned);
  const upload = httpRequest(new URL("/files/a", started.endpoint), {
    method: "PUT",
    headers: { "content-length": 10_000_000 },
  });
  const broken = once(upload, "error");
  upload.write(Buffer.alloc(3_000_000));
  await arrived.promise;
  await started.close();
  await broken;
  process.off("warning", warned);

  expect(warned).not.toHaveBeenCalled();
  expect(existsSync(started.dir)).toBe(false);
});

test("serves a bucket under a subdomain of localhost", async () => {
  await using started = await startS3({ buckets: ["files.example"] });
  const port = new URL(started.endpoint).port;
  const headers = { host: `files.example.localhost:${port}` };
  await raw(started, "PUT", "/a", { headers, body: "x" });
  const get = new GetObjectCommand({ Bucket: "files.example", Key: "a" });
  const { Body } = await clientOf(started).send(get);
  expect(await Body?.transformToString()).toBe("x");
});
