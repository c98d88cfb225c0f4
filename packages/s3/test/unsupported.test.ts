import { afterAll, beforeAll, expect, test } from "vitest";
import { raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
  running.s3.ensureBucket("files", settings());
});
afterAll(() => running[Symbol.asyncDispose]());

test.each([
  ["PUT", "/files/a?acl"],
  ["PUT", "/files?acl"],
  ["PUT", "/files?cors"],
  ["DELETE", "/files?lifecycle"],
  ["GET", "/files/a?torrent"],
  ["GET", "/files/a?retention"],
  ["PUT", "/files/a?legal-hold"],
  ["PUT", "/files/a?annotation&name=x"],
  ["GET", "/files/a?annotation&name=x"],
  ["GET", "/files?inventory"],
  ["GET", "/files?analytics&id=x"],
  ["POST", "/files/a?select&select-type=2"],
  ["POST", "/files"],
  ["DELETE", "/files/a?unknown"],
  ["PUT", "/files/a?partNumber=1"],
  ["HEAD", "/files?versions"],
])("answers %s %s with 501, and changes nothing", async (method, path) => {
  await raw(running, "PUT", "/files/a", { body: "kept" });
  const writes = method === "PUT" || method === "POST";
  const reply = await raw(running, method, path, writes ? { body: "x" } : {});

  expect(reply.status).toBe(501);
  expect(reply.body).toContain(method === "HEAD" ? "" : "<Code>NotImplemented</Code>");
  expect((await raw(running, "GET", "/files/a")).body).toBe("kept");
});

test("ignores query parameters that begin with x-", async () => {
  expect(
    (await raw(running, "GET", "/files/a?x-id=GetObject&X-Amz-Date=1&x-anything=1")).body,
  ).toBe("kept");
});

test("reads the headers of a presigned request from the query", async () => {
  await raw(running, "PUT", "/files/presigned?X-Amz-Meta-A=1&x-amz-storage-class=STANDARD_IA", {
    body: "x",
  });
  const { headers } = await raw(running, "HEAD", "/files/presigned");
  expect(headers).toMatchObject({ "x-amz-meta-a": "1", "x-amz-storage-class": "STANDARD_IA" });
});

test.each([
  "x-amz-meta-a=1%0d%0aX-Evil:+1",
  "x-amz-website-redirect-location=/%0d%0aX-Evil:+1",
  "x-amz-meta-%20a=1",
  "x-amz-meta-%C3%BC=1",
])("rejects a parameter that cannot be a header: %s", async (query) => {
  const reply = await raw(running, "PUT", `/files/hoisted?${query}`, { body: "x" });
  expect(reply.status).toBe(400);
  expect((await raw(running, "HEAD", "/files/hoisted")).status).toBe(404);
});

test("denies a preflight request, because no bucket has CORS", async () => {
  expect((await raw(running, "OPTIONS", "/files/a")).status).toBe(403);
});

test("rejects an unknown method", async () => {
  expect((await raw(running, "PATCH", "/files/a")).status).toBe(405);
  expect((await raw(running, "DELETE", "/")).status).toBe(405);
});
