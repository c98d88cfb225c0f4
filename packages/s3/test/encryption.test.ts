import { createHash, randomBytes } from "node:crypto";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { code, failure } from "./failure.ts";
import { raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
  running.s3.ensureBucket("files", settings());
});
afterAll(() => running[Symbol.asyncDispose]());

const Bucket = "files";

function customerKey() {
  const key = randomBytes(32);
  return {
    SSECustomerAlgorithm: "AES256",
    SSECustomerKey: key.toString("base64"),
    SSECustomerKeyMD5: createHash("md5").update(key).digest("base64"),
  };
}

describe("an object with a customer-provided key", () => {
  const key = customerKey();
  beforeAll(() =>
    running.client.send(new PutObjectCommand({ Bucket, Key: "secret", Body: "hello", ...key })),
  );
  const get = (rest = {}) =>
    running.client.send(new GetObjectCommand({ Bucket, Key: "secret", ...rest }));
  const head = (rest = {}) =>
    running.client.send(new HeadObjectCommand({ Bucket, Key: "secret", ...rest }));

  test("is read with that key, and returns the MD5 of the key", async () => {
    const read = await get(key);
    expect(await read.Body?.transformToString()).toBe("hello");
    expect(read).toMatchObject({
      SSECustomerAlgorithm: "AES256",
      SSECustomerKeyMD5: key.SSECustomerKeyMD5,
    });
    expect(read.ServerSideEncryption).toBeUndefined();
    expect(read.ETag).not.toBe('"5d41402abc4b2a76b9719d911017c592"');
  });

  test("cannot be read without the key", async () => {
    const error = await failure(get());
    expect(error).toMatchObject({ name: "InvalidRequest", $metadata: { httpStatusCode: 400 } });
    expect(error.message).toContain("stored using a form of Server Side Encryption");
    expect((await failure(head())).$metadata.httpStatusCode).toBe(400);
  });

  test("cannot be read with another key", async () => {
    expect((await failure(get(customerKey()))).$metadata.httpStatusCode).toBe(403);
    expect((await failure(head(customerKey()))).$metadata.httpStatusCode).toBe(403);
  });

  test("is copied with the key to an object without one", async () => {
    const Key = "opened";
    const CopySource = "files/secret";
    const source = {
      CopySourceSSECustomerAlgorithm: key.SSECustomerAlgorithm,
      CopySourceSSECustomerKey: key.SSECustomerKey,
      CopySourceSSECustomerKeyMD5: key.SSECustomerKeyMD5,
    };
    const bare = running.client.send(new CopyObjectCommand({ Bucket, Key, CopySource }));
    expect(await code(bare)).toBe("InvalidRequest");
    const reply = await running.client.send(
      new CopyObjectCommand({ Bucket, Key, CopySource, ...source }),
    );
    expect(reply.CopyObjectResult?.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
  });

  test("does not affect other objects", async () => {
    await running.client.send(new PutObjectCommand({ Bucket, Key: "open", Body: "x" }));
    const read = running.client.send(new GetObjectCommand({ Bucket, Key: "open", ...key }));
    expect(await code(read)).toBe("InvalidRequest");
  });

  test("needs the same key for each part of an upload", async () => {
    const which = { Bucket, Key: "secret-parts" };
    const { UploadId } = await running.client.send(
      new CreateMultipartUploadCommand({ ...which, ...key }),
    );
    const part = { ...which, UploadId, PartNumber: 1, Body: "x" };

    expect(await code(running.client.send(new UploadPartCommand(part)))).toBe("InvalidRequest");
    expect(
      await code(running.client.send(new UploadPartCommand({ ...part, ...customerKey() }))),
    ).toBe("InvalidRequest");
    const { ETag } = await running.client.send(new UploadPartCommand({ ...part, ...key }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await running.client.send(
      new CompleteMultipartUploadCommand({ ...which, UploadId, MultipartUpload }),
    );
    const read = await running.client.send(new GetObjectCommand({ ...which, ...key }));
    expect(await read.Body?.transformToString()).toBe("x");
  });
});

test.each([
  ["a key of the wrong length", { key: Buffer.alloc(16), algorithm: "AES256" }, "InvalidArgument"],
  [
    "another algorithm",
    { key: Buffer.alloc(32), algorithm: "AES128" },
    "InvalidEncryptionAlgorithmError",
  ],
])("rejects a customer-provided key: %s", async (_, { key, algorithm }, expected) => {
  const name = "x-amz-server-side-encryption-customer";
  const headers = {
    [`${name}-algorithm`]: algorithm,
    [`${name}-key`]: key.toString("base64"),
    [`${name}-key-md5`]: createHash("md5").update(key).digest("base64"),
  };
  const reply = await raw(running, "PUT", "/files/rejected", { headers, body: "x" });
  expect(reply.body).toContain(`<Code>${expected}</Code>`);
});

test("rejects a customer-provided key that does not match its MD5", async () => {
  const wrong = { ...customerKey(), SSECustomerKeyMD5: customerKey().SSECustomerKeyMD5 };
  const reply = await raw(running, "PUT", "/files/rejected", {
    headers: {
      "x-amz-server-side-encryption-customer-algorithm": "AES256",
      "x-amz-server-side-encryption-customer-key": wrong.SSECustomerKey,
      "x-amz-server-side-encryption-customer-key-md5": wrong.SSECustomerKeyMD5,
    },
    body: "x",
  });
  expect(reply.body).toContain("did not match the hash that was provided");
});

test("returns the requested KMS key, or the AWS managed key", async () => {
  const SSEKMSKeyId = "arn:aws:kms:us-east-1:000000000000:key/1234";
  const put = (Key: string, rest = {}) =>
    running.client.send(
      new PutObjectCommand({ Bucket, Key, Body: "x", ServerSideEncryption: "aws:kms", ...rest }),
    );
  await put("named", { SSEKMSKeyId, BucketKeyEnabled: true });
  const { SSEKMSKeyId: managed } = await put("managed");

  expect(await running.client.send(new HeadObjectCommand({ Bucket, Key: "named" }))).toMatchObject({
    ServerSideEncryption: "aws:kms",
    SSEKMSKeyId,
    BucketKeyEnabled: true,
  });
  expect(managed).toMatch(/^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f-]{36}$/);
  expect((await put("again")).SSEKMSKeyId).toBe(managed);
});
