import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { code, failure } from "./failure.ts";
import { raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start({ clock: () => new Date(now) });
  running.s3.ensureBucket("files", settings());
});
afterAll(() => running[Symbol.asyncDispose]());

const Bucket = "files";
const ETAG = '"5d41402abc4b2a76b9719d911017c592"';
const WRITTEN = Date.parse("2026-03-01T12:00:00Z");
const PAST = new Date(WRITTEN - 3_600_000);
const SINCE = new Date(WRITTEN + 30_000);
const FUTURE = new Date(WRITTEN + 3_600_000);
let now = WRITTEN;

async function put(Key: string, rest = {}) {
  return running.client.send(new PutObjectCommand({ Bucket, Key, Body: "hello", ...rest }));
}

describe("a conditional read", () => {
  beforeAll(async () => {
    await put("read");
    now += 60_000;
  });

  test.each([
    ["If-Match matches", { IfMatch: ETAG }, 200],
    ["If-Match matches one of several", { IfMatch: `"x", ${ETAG}` }, 200],
    ["If-Match is *", { IfMatch: "*" }, 200],
    ["If-Match does not match", { IfMatch: '"x"' }, 412],
    ["If-None-Match matches", { IfNoneMatch: ETAG }, 304],
    ["If-None-Match does not match", { IfNoneMatch: '"x"' }, 200],
    ["the object changed since", { IfModifiedSince: PAST }, 200],
    ["the object did not change since", { IfModifiedSince: SINCE }, 304],
    ["If-Modified-Since is in the future", { IfModifiedSince: FUTURE }, 200],
    ["the object is unmodified since", { IfUnmodifiedSince: FUTURE }, 200],
    ["the object was modified since", { IfUnmodifiedSince: PAST }, 412],
    ["If-Match takes precedence over the date", { IfMatch: ETAG, IfUnmodifiedSince: PAST }, 200],
    [
      "If-None-Match takes precedence over the date",
      { IfNoneMatch: '"x"', IfModifiedSince: SINCE },
      200,
    ],
  ])("if %s", async (_, conditions, status) => {
    const sent = running.client.send(new GetObjectCommand({ Bucket, Key: "read", ...conditions }));
    const { $metadata } = status === 200 ? await sent : await failure(sent);
    expect($metadata.httpStatusCode).toBe(status);
  });

  test("answers 304 with the ETag and no body", async () => {
    const reply = await raw(running, "GET", "/files/read", { headers: { "if-none-match": ETAG } });
    expect(reply).toMatchObject({ status: 304, body: "" });
    expect(reply.headers["etag"]).toBe(ETAG);
  });
});

describe("a conditional write", () => {
  let Key = "";
  let count = 0;
  beforeEach(() => {
    Key = `write-${count++}`;
  });

  test("with If-None-Match: * fails if the object exists", async () => {
    await put(Key, { IfNoneMatch: "*" });
    expect(await code(put(Key, { IfNoneMatch: "*" }))).toBe("PreconditionFailed");
  });

  test("with If-None-Match: * succeeds after a deletion", async () => {
    await put(Key);
    await running.client.send(new DeleteObjectCommand({ Bucket, Key }));
    expect((await put(Key, { IfNoneMatch: "*" })).$metadata.httpStatusCode).toBe(200);
  });

  test("with If-Match replaces only that content", async () => {
    await put(Key);
    expect(await code(put(Key, { IfMatch: '"x"' }))).toBe("PreconditionFailed");
    expect((await put(Key, { IfMatch: ETAG })).$metadata.httpStatusCode).toBe(200);
  });

  test("with If-Match fails if the object does not exist", async () => {
    expect((await failure(put(Key, { IfMatch: ETAG }))).$metadata.httpStatusCode).toBe(404);
  });

  test("succeeds once among many concurrent ones", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => put(Key, { IfNoneMatch: "*" })),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("rejects If-Match: * and two conditions", async () => {
    for (const conditions of [{ IfMatch: "*" }, { IfMatch: ETAG, IfNoneMatch: "*" }]) {
      expect((await failure(put(Key, conditions))).$metadata.httpStatusCode).toBe(501);
    }
  });

  test("rejects If-None-Match with an ETag", async () => {
    expect((await failure(put(Key, { IfNoneMatch: ETAG }))).$metadata.httpStatusCode).toBe(501);
  });

  test("with If-Match deletes only that content", async () => {
    await put(Key);
    const remove = (IfMatch: string) =>
      running.client.send(new DeleteObjectCommand({ Bucket, Key, IfMatch }));

    expect(await code(remove('"x"'))).toBe("PreconditionFailed");
    expect((await remove(ETAG)).DeleteMarker).toBe(true);
  });
});
