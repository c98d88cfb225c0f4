import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { code } from "./failure.ts";
import { ALL_EVENTS, raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
  running.s3.ensureBucket(
    "files",
    settings({ versioning: "Unversioned", notifications: [ALL_EVENTS] }),
  );
});
afterAll(() => running[Symbol.asyncDispose]());

const Bucket = "files";

function pathOf(key: string): string {
  return `/files/${encodeURIComponent(key)}`;
}

async function keys(): Promise<string[]> {
  const list = await running.client.send(new ListObjectsV2Command({ Bucket, EncodingType: "url" }));
  return (list.Contents ?? []).map(({ Key }) =>
    decodeURIComponent((Key ?? "").replaceAll("+", " ")),
  );
}

const ODD = [
  "a b",
  "a+b",
  "a%2Fb",
  "a%20b",
  "/leading",
  "trailing/",
  "a//b",
  "//",
  "/",
  ".",
  "..",
  "a/../b",
  "./a",
  "a/./b",
  "*",
  "?",
  "a?b=c#d&e",
  "line\nbreak",
  "tab\tcr\r",
  "\u0001\u001f\u007f",
  "zero\u0000byte",
  "zero\u0000",
  "zero",
  "ünï/日本語",
  "😀 astral \u{10ffff}",
  "\ufffd\ufffe\uffff",
  "\ue000 private",
  "\ufeffbom",
  "e\u0301 is not é",
  "<&>\"'",
  "\\back\\slash",
  "~!@$^()_={}[]|;:,`",
  "x".repeat(1024),
  "é".repeat(512),
];

describe("a key is stored unchanged", () => {
  test.each(ODD)("%j", async (key) => {
    expect((await raw(running, "PUT", pathOf(key), { body: key })).status).toBe(200);

    expect((await raw(running, "GET", pathOf(key))).body).toBe(key);
    expect(await keys()).toEqual([key]);
    const records = await running.records();
    const notified = records.map((record) =>
      decodeURIComponent(record.s3.object.key.replaceAll("+", " ")),
    );
    expect(notified).toEqual([key]);

    const Delete = { Objects: [{ Key: key }] };
    const deleted = await running.client.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(deleted.Errors).toBeUndefined();
    expect(await keys()).toEqual([]);
    await running.records();
  });

  test("if the client does not normalize the path", async () => {
    for (const path of ["/files/a/../b", "/files//x//", "/files/a+b%20c", "/files/./."]) {
      await raw(running, "PUT", path, { body: "x" });
    }

    expect(await keys()).toEqual(["./.", "/x//", "a+b c", "a/../b"]);
    for (const key of await keys()) await raw(running, "DELETE", pathOf(key));
  });

  test("if the host names the bucket", async () => {
    const headers = { host: "files.localhost" };
    await raw(running, "PUT", "//files/x", { headers, body: "x" });

    expect(await keys()).toEqual(["/files/x"]);
    expect((await raw(running, "GET", "/", { headers })).body).toContain("<ListBucketResult");
    await raw(running, "DELETE", pathOf("/files/x"));
  });
});

test("lists keys in the order of their UTF-8 bytes", async () => {
  for (const key of ODD) await raw(running, "PUT", pathOf(key), { body: "x" });

  const expected = ODD.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

  expect(await keys()).toEqual(expected);
  for (const key of ODD) await raw(running, "DELETE", pathOf(key));
});

test("accepts any UTF-8 text as a key", async () => {
  const anyKey = fc
    .string({ unit: "binary", minLength: 1, maxLength: 300 })
    .filter((key) => Buffer.byteLength(key) <= 1024);
  await fc.assert(
    fc.asyncProperty(anyKey, async (key) => {
      await raw(running, "PUT", pathOf(key), { body: "x" });
      expect(await keys()).toEqual([key]);
      await raw(running, "DELETE", pathOf(key));
    }),
    { numRuns: 50 },
  );
});

describe("a key is rejected", () => {
  test("if it has more than 1,024 bytes", async () => {
    const send = (Key: string) =>
      running.client.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));

    expect(await code(send("x".repeat(1025)))).toBe("KeyTooLongError");
    expect(await code(send(`${"é".repeat(512)}x`))).toBe("KeyTooLongError");
    expect(
      await code(running.client.send(new GetObjectCommand({ Bucket, Key: "x".repeat(1025) }))),
    ).toBe("KeyTooLongError");
  });

  test.each(["/files/%", "/files/%zz", "/files/%ff%fe", "/files/a?prefix=%E0%A4"])(
    "if %s cannot be decoded",
    async (path) => {
      const reply = await raw(running, "PUT", path, { body: "x" });
      expect(reply.status).toBe(400);
      expect(reply.body).toContain("<Code>InvalidURI</Code>");
    },
  );
});
