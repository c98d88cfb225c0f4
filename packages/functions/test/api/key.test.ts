import * as fc from "fast-check";
import { expect, test } from "vitest";

import { apiOn, catalogWith, fileRecord } from "./fixture.ts";

/** The API on a catalog that has every key, and the key of the last request. */
function anyKeyApi() {
  const requested: { key?: string } = {};
  const api = apiOn(
    catalogWith({
      get: (key) => {
        requested.key = key;
        return Promise.resolve(fileRecord(key));
      },
    }),
  );
  return { ...api, requested };
}

/** Any key that S3 accepts. */
const objectKey = fc
  .oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 200 }),
    fc
      .array(
        fc.constantFrom("a", "", ".", "..", "%", "%2F", "+", " ", "?", "#", "&", "=", "\\", "💾"),
        {
          minLength: 1,
          maxLength: 8,
        },
      )
      .map((segments) => segments.join("/")),
  )
  .filter((key) => key !== "" && Buffer.byteLength(key) <= 1024);

test("reads any key from the query string, verbatim", async () => {
  await fc.assert(
    fc.asyncProperty(objectKey, async (key) => {
      const { request, requested } = anyKeyApi();
      const response = await request(`/file?key=${encodeURIComponent(key)}`);
      expect(response.status).toBe(200);
      expect(requested.key).toBe(key);
      expect(await response.json()).toMatchObject({ key });
    }),
  );
});

test.each([
  ["key=a\\b", "a\\b"],
  ["key=a#b", "a#b"],
  ["key=a+b", "a b"],
  ["key=a%2Bb", "a+b"],
  ["key=/", "/"],
  ["key=../recent", "../recent"],
  ["key=a%252Fb", "a%2Fb"],
  ["key=a=b", "a=b"],
])("reads %s, as Lambda passes it, as the key %s", async (queryString, key) => {
  const { invoke, requested } = anyKeyApi();
  expect((await invoke("/file", queryString)).status).toBe(200);
  expect(requested.key).toBe(key);
});

test.each(["%", "%zz", "%ff", "%ed%a0%80"])(
  "rejects the key %s, which is not percent-encoded UTF-8",
  async (key) => {
    const { invoke, requested } = anyKeyApi();
    expect(await (await invoke("/file", `key=${key}`)).json()).toMatchObject({
      status: 400,
      code: "api.bad_encoding",
    });
    expect(requested.key).toBeUndefined();
  },
);

test.each([
  ["an empty key", "/file?key="],
  ["a key of 1,025 bytes", `/file?key=${"a".repeat(1025)}`],
  ["a key of 1,026 bytes in 513 characters", `/file?key=${"%C3%A9".repeat(513)}`],
  ["no key parameter", "/file"],
  ["two key parameters", "/file?key=a&key=b"],
])("rejects %s and names the parameter", async (_, target) => {
  const { request, requested } = anyKeyApi();
  expect(await (await request(target)).json()).toMatchObject({
    status: 400,
    code: "query.invalid",
    errors: [{ parameter: "key" }],
  });
  expect(requested.key).toBeUndefined();
});

test("accepts a key of 1,024 bytes", async () => {
  const { request } = anyKeyApi();
  expect((await request(`/file?key=${"a".repeat(1024)}`)).status).toBe(200);
});

test("has no path that contains a key", async () => {
  const { request, invoke, requested } = anyKeyApi();
  for (const path of ["/files/a", "/file/a", "/files/", "/files/%2e%2e/b"]) {
    expect((await request(path)).status).toBe(404);
    expect((await invoke(path)).status).toBe(404);
  }
  expect(requested.key).toBeUndefined();
});

test("returns a tombstone only with deleted=true", async () => {
  const options: unknown[] = [];
  const { request } = apiOn(
    catalogWith({
      get: (key, passed) => {
        options.push(passed);
        return Promise.resolve(fileRecord(key));
      },
    }),
  );
  await request("/file?key=a");
  await request("/file?key=a&deleted=false");
  await request("/file?key=a&deleted=true");
  expect(options).toEqual([{ deleted: false }, { deleted: false }, { deleted: true }]);
  expect(await (await request("/file?key=a&deleted=yes")).json()).toMatchObject({
    errors: [{ parameter: "deleted", detail: "must be true or false" }],
  });
});
