import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type ChecksumAlgorithm,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
  running.s3.ensureBucket("files", settings());
});
afterAll(() => running[Symbol.asyncDispose]());

const Bucket = "files";
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const md5 = (text: string): string => createHash("md5").update(text).digest("base64");

function streaming(content: string, trailer: string, kind = "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
  const body = `${content.length.toString(16)}\r\n${content}\r\n0\r\n${trailer}\r\n`;
  const headers = {
    "x-amz-content-sha256": kind,
    "x-amz-decoded-content-length": String(content.length),
    "content-encoding": "aws-chunked",
    ...(trailer !== "" && { "x-amz-trailer": trailer.split(":", 1)[0] ?? "" }),
  };
  return { body, headers };
}

describe("a digest of the client", () => {
  test.each([
    ["an MD5", { "content-md5": md5("hello") }],
    ["a SHA-256 of the payload", { "x-amz-content-sha256": sha256("hello") }],
    ["an unsigned payload", { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }],
    ["a CRC32", { "x-amz-checksum-crc32": "NhCmhg==" }],
    ["a CRC32C", { "x-amz-checksum-crc32c": "mnG7TA==" }],
    ["a SHA-1", { "x-amz-checksum-sha1": "qvTGHdzF6KLavt4PO0gs2a6pQ00=" }],
  ])("is accepted if it matches: %s", async (_, headers) => {
    const reply = await raw(running, "PUT", "/files/good", { headers, body: "hello" });
    expect(reply.status).toBe(200);
  });

  test.each([
    ["another MD5", { "content-md5": md5("other") }, 400, "BadDigest"],
    ["a malformed MD5", { "content-md5": "xyz" }, 400, "InvalidDigest"],
    ["another payload", { "x-amz-content-sha256": sha256("x") }, 400, "XAmzContentSHA256Mismatch"],
    ["another CRC32", { "x-amz-checksum-crc32": "AAAAAA==" }, 400, "BadDigest"],
    ["a malformed CRC32", { "x-amz-checksum-crc32": "AAAA" }, 400, "InvalidRequest"],
    [
      "another SHA-256",
      { "x-amz-checksum-sha256": createHash("sha256").digest("base64") },
      400,
      "BadDigest",
    ],
    ["an xxHash", { "x-amz-checksum-xxhash64": "AAAAAAAAAAA=" }, 501, "NotImplemented"],
    [
      "two checksums",
      { "x-amz-checksum-crc32": "NhCmhg==", "x-amz-checksum-crc32c": "mnG7TA==" },
      400,
      "InvalidRequest",
    ],
    [
      "an algorithm without a checksum",
      { "x-amz-sdk-checksum-algorithm": "CRC32" },
      400,
      "InvalidRequest",
    ],
  ])("is rejected, and nothing is written: %s", async (name, headers, status, code) => {
    const path = `/files/bad-${encodeURIComponent(name)}`;
    const reply = await raw(running, "PUT", path, { headers, body: "hello" });

    expect(reply.body).toContain(`<Code>${code}</Code>`);
    expect(reply.status).toBe(status);
    expect((await raw(running, "HEAD", path)).status).toBe(404);
  });
});

describe("streamed uploads", () => {
  test("are decoded, and their trailer is verified", async () => {
    const good = streaming("hello", "x-amz-checksum-crc32:NhCmhg==\r\n");
    const bad = streaming("hello", "x-amz-checksum-crc32:AAAAAA==\r\n");

    expect((await raw(running, "PUT", "/files/trailer", good)).status).toBe(200);
    expect((await raw(running, "PUT", "/files/trailer-bad", bad)).body).toContain("BadDigest");
    const read = await raw(running, "GET", "/files/trailer");
    expect(read.body).toBe("hello");
    expect(read.headers).not.toHaveProperty("content-encoding");
  });

  test("can be signed by chunk", async () => {
    const body = `5;chunk-signature=${"a".repeat(64)}\r\nhello\r\n0;chunk-signature=${"b".repeat(64)}\r\n\r\n`;
    const headers = {
      "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
      "x-amz-decoded-content-length": "5",
      "content-encoding": "gzip,aws-chunked",
    };
    await raw(running, "PUT", "/files/signed", { body, headers });

    const read = await raw(running, "GET", "/files/signed");
    expect(read.body).toBe("hello");
    expect(read.headers["content-encoding"]).toBe("gzip");
  });

  test.each([
    ["shorter", "6"],
    ["longer", "4"],
  ])("that are %s than declared are rejected", async (_, length) => {
    const upload = streaming("hello", "");
    const headers = { ...upload.headers, "x-amz-decoded-content-length": length };
    const reply = await raw(running, "PUT", "/files/length", { ...upload, headers });
    expect(reply.body).toContain("<Code>IncompleteBody</Code>");
  });

  test("need a declared length", async () => {
    const reply = await raw(running, "PUT", "/files/length", {
      headers: { "transfer-encoding": "chunked" },
      body: "hello",
    });
    expect(reply.status).toBe(501);
    expect(reply.body).toContain("<Header>Transfer-Encoding</Header>");
  });

  test("of more than 5 GiB are rejected before the body is read", async () => {
    const { hostname, port } = new URL(running.endpoint);
    const headers = { "content-length": 5 * 1024 ** 3 + 1 };
    const status = await new Promise((resolve, reject) => {
      const upload = httpRequest({ hostname, port, method: "PUT", path: "/files/huge", headers });
      upload.on("error", reject);
      upload.on("response", (response) => {
        resolve(response.statusCode);
        upload.destroy();
      });
      upload.flushHeaders();
    });
    expect(status).toBe(400);
  });
});

describe("checksums", () => {
  test.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] satisfies ChecksumAlgorithm[])(
    "store a %s of the SDK and return it on request",
    async (ChecksumAlgorithm) => {
      const Key = `sdk-${ChecksumAlgorithm}`;
      const name = `Checksum${ChecksumAlgorithm}` as const;
      const written = await running.client.send(
        new PutObjectCommand({ Bucket, Key, Body: "hello", ChecksumAlgorithm }),
      );
      const quiet = await running.client.send(new HeadObjectCommand({ Bucket, Key }));
      const shown = await running.client.send(
        new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }),
      );
      // The SDK verifies the checksum of the content.
      const read = await running.client.send(
        new GetObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }),
      );

      expect(written[name]).toBeTruthy();
      expect(quiet[name]).toBeUndefined();
      expect(shown[name]).toBe(written[name]);
      expect(shown.ChecksumType).toBe("FULL_OBJECT");
      expect(await read.Body?.transformToString()).toBe("hello");
    },
  );

  test("are returned for the whole object, and for a range of all bytes", async () => {
    const headers = { "x-amz-checksum-mode": "ENABLED" };
    await raw(running, "PUT", "/files/ranged", { body: "0123456789" });
    const read = (Range: string) =>
      raw(running, "GET", "/files/ranged", { headers: { ...headers, Range } });

    expect((await read("bytes=0-")).headers).toHaveProperty("x-amz-checksum-crc64nvme");
    expect((await read("bytes=1-")).headers).not.toHaveProperty("x-amz-checksum-crc64nvme");
  });

  test("default to CRC64NVME", async () => {
    await raw(running, "PUT", "/files/default", { body: "123456789" });
    const reply = await raw(running, "HEAD", "/files/default", {
      headers: { "x-amz-checksum-mode": "ENABLED" },
    });
    const expected = Buffer.from("ae8b14860a799888", "hex").toString("base64");
    expect(reply.headers["x-amz-checksum-crc64nvme"]).toBe(expected);
    expect(reply.headers["x-amz-checksum-type"]).toBe("FULL_OBJECT");
  });
});

test("deletes the partial body of a client that disconnects", async () => {
  const { hostname, port } = new URL(running.endpoint);
  const headers = { "content-length": 10_000_000 };
  const upload = httpRequest({ hostname, port, method: "PUT", path: "/files/broken", headers });
  upload.on("error", () => {
    // This client ends the connection itself.
  });
  upload.write(Buffer.alloc(3_000_000));
  const files = async (): Promise<string[]> => {
    const all = await readdir(join(running.dir, "bodies"), {
      recursive: true,
      withFileTypes: true,
    });
    return all.filter((entry) => entry.isFile()).map((entry) => entry.name);
  };
  await vi.waitFor(async () => expect(await files()).toHaveLength(1), { timeout: 10_000 });

  upload.destroy();

  await vi.waitFor(async () => expect(await files()).toHaveLength(0), { timeout: 10_000 });
  expect((await raw(running, "HEAD", "/files/broken")).status).toBe(404);
});
