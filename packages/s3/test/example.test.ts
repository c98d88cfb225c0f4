// The README shows parts of this file; readme.test.ts compares them.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { openS3, startS3, type S3Access } from "../src/index.ts";

const ANY_CLIENT = {
  region: "us-east-1",
  forcePathStyle: true,
  credentials: { accessKeyId: "any", secretAccessKey: "any" },
};

test("stores a file", async () => {
  await using server = await startS3({ buckets: ["files"] });
  const client = new S3Client({ ...ANY_CLIENT, endpoint: server.endpoint });
  await client.send(new PutObjectCommand({ Bucket: "files", Key: "a.txt", Body: "hello" }));
  const { Body } = await client.send(new GetObjectCommand({ Bucket: "files", Key: "a.txt" }));
  expect(await Body?.transformToString()).toBe("hello");
});

test("receives notifications", async () => {
  const bodies: string[] = [];
  await using server = await startS3({
    buckets: ["files"],
    notifications: [
      {
        id: "all",
        queueArn: "arn:aws:sqs:us-east-1:000000000000:events",
        events: ["s3:ObjectCreated:*"],
      },
    ],
    deliver: async (_queueArn, body) => void bodies.push(body),
  });
  const client = new S3Client({ ...ANY_CLIENT, endpoint: server.endpoint });
  await client.send(new PutObjectCommand({ Bucket: "files", Key: "a.txt", Body: "hello" }));
  await server.s3.settled();
  expect(bodies).toEqual([
    expect.stringContaining("s3:TestEvent"),
    expect.stringContaining("ObjectCreated:Put"),
  ]);
});

test("uses another HTTP server", async () => {
  const dir = await mkdtemp(join(tmpdir(), "waybill-example-"));
  const deliver = () => Promise.reject(new Error("There is no queue."));
  const s3 = await openS3({ dir, region: "us-east-1", accountId: "000000000000", deliver });
  const readOnly: S3Access["allows"] = (action) => /^s3:(?:Get|List)/.test(action);
  const server = createServer((request, response) => {
    const caller = { accessKeyId: "AKIA", principalId: "AIDA", sourceIp: "127.0.0.1" };
    void s3.handle(request, response, { caller, access: { allows: readOnly, maySee: readOnly } });
  });
  s3.ensureBucket("files", { versioning: "Enabled", notifications: [] });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const files = `http://127.0.0.1:${port}/files`;
  expect((await fetch(files)).status).toBe(200);
  expect((await fetch(`${files}/a.txt`, { method: "PUT", body: "hello" })).status).toBe(403);
  server.closeAllConnections();
  server.close();
  await s3.close();
  await rm(dir, { recursive: true });
});
