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
    ["If-Match fits", { IfMatch: ETAG }, 200],
    ["If-Match fits one of several", { IfMatch: `"x", ${ETAG}` }, 200],
    ["If-Match is anything", { IfMatch: "*" }, 200],
    ["If-Match does not fit", { IfMatch: '"x"' }, 412],
    ["If-None-Match fits", { IfNoneMatch: ETAG }, 304],
    ["If-None-Match does not fit", { IfNoneMatch: '"x"' }, 200],
    ["it changed since", { IfModifiedSince: PAST }, 200],
    ["it did not change since", { IfModifiedSince: SINCE }, 304],
    ["it might change until", { IfModifiedSince: FUTURE }, 200],
    ["it is unmodified since", { IfUnmodifiedSince: FUTURE }, 200],
    ["it was modified since", { IfUnmodifiedSince: PAST }, 412],
    ["the ETag decides before the date", { IfMatch: ETAG, IfUnmodifiedSince: PAST }, 200],
    ["the ETag decides before the other date", { IfNoneMatch: '"x"', IfModifiedSince: SINCE }, 200],
  ])("%s", async (_, conditions, status) => {
    const sent = running.client.send(new GetObjectCommand({ Bucket, Key: "read", ...conditions }));
    const { $metadata } = status === 200 ? await sent : await failure(sent);
    expect($metadata.httpStatusCode).toBe(status);
  });

  test("that is not modified says what it is, and nothing else", async () => {
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

  test("creates only what is not there", async () => {
    await put(Key, { IfNoneMatch: "*" });
    expect(await code(put(Key, { IfNoneMatch: "*" }))).toBe("PreconditionFailed");
  });

  test("creates what was deleted", async () => {
    await put(Key);
    await running.client.send(new DeleteObjectCommand({ Bucket, Key }));
    expect((await put(Key, { IfNoneMatch: "*" })).$metadata.httpStatusCode).toBe(200);
  });

  test("replaces only what it knows", async () => {
    await put(Key);
    expect(await code(put(Key, { IfMatch: '"x"' }))).toBe("PreconditionFailed");
    expect((await put(Key, { IfMatch: ETAG })).$metadata.httpStatusCode).toBe(200);
  });

  test("replaces nothing that is not there", async () => {
    expect((await failure(put(Key, { IfMatch: ETAG }))).$metadata.httpStatusCode).toBe(404);
  });

  test("has one winner among many", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => put(Key, { IfNoneMatch: "*" })),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("cannot ask for any content, or for two things at once", async () => {
    for (const conditions of [{ IfMatch: "*" }, { IfMatch: ETAG, IfNoneMatch: "*" }]) {
      expect((await failure(put(Key, conditions))).$metadata.httpStatusCode).toBe(501);
    }
  });

  test("cannot ask for the absence of one content", async () => {
    expect((await failure(put(Key, { IfNoneMatch: ETAG }))).$metadata.httpStatusCode).toBe(501);
  });

  test("deletes only what it knows", async () => {
    await put(Key);
    const remove = (IfMatch: string) =>
      running.client.send(new DeleteObjectCommand({ Bucket, Key, IfMatch }));

    expect(await code(remove('"x"'))).toBe("PreconditionFailed");
    expect((await remove(ETAG)).DeleteMarker).toBe(true);
  });
});
