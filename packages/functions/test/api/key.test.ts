import * as fc from "fast-check";
import { expect, test } from "vitest";

import { apiOn, catalogueOf, fileRecord } from "./fixture.ts";

/** The API on a catalogue that has every key, and the key that it was last asked for. */
function everyKey() {
  const asked: { key?: string } = {};
  const api = apiOn(
    catalogueOf({
      get: (key) => {
        asked.key = key;
        return Promise.resolve(fileRecord(key));
      },
    }),
  );
  return { ...api, asked };
}

/** What S3 can have for a key. */
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

/** What the API makes of a path that holds a key, percent-encoded as `encode` does it. */
async function askByPath(key: string, encode: (key: string) => string) {
  const { askRaw, asked } = everyKey();
  const response = await askRaw(`/files/${encode(key)}`);
  return { status: response.status, asked: asked.key };
}

const whole = (key: string) => encodeURIComponent(key);
const bySegments = (key: string) => key.split("/").map(encodeURIComponent).join("/");
const isStep = (segment: string) => segment === "." || segment === "..";

test("every key can be asked for in the query string, verbatim", async () => {
  await fc.assert(
    fc.asyncProperty(objectKey, async (key) => {
      const { ask, asked } = everyKey();
      const response = await ask(`/file?key=${encodeURIComponent(key)}`);
      expect(response.status).toBe(200);
      expect(asked.key).toBe(key);
      expect(await response.json()).toMatchObject({ key });
    }),
  );
});

test("a key can be asked for in the path, its slashes encoded or not", async () => {
  await fc.assert(
    fc.asyncProperty(objectKey, fc.constantFrom(whole, bySegments), async (key, encode) => {
      fc.pre(!key.split("/").some(isStep));
      expect(await askByPath(key, encode)).toEqual({ status: 200, asked: key });
    }),
  );
});

test("a key with a segment of dots can be asked for in the path only with its slashes encoded", async () => {
  const stepping = fc
    .tuple(objectKey, fc.constantFrom(".", ".."), objectKey)
    .map((segments) => segments.join("/"))
    .filter((key) => Buffer.byteLength(key) <= 1024);
  await fc.assert(
    fc.asyncProperty(stepping, async (key) => {
      expect(await askByPath(key, whole)).toEqual({ status: 200, asked: key });
      expect(await askByPath(key, bySegments)).toEqual({ status: 400, asked: undefined });
    }),
  );
});

test.each([
  ["/files/a\\b", "a\\b"],
  ["/files/a#b", "a#b"],
  ["/files/a+b", "a+b"],
  ["/files//", "/"],
  ["/files/a%252Fb", "a%2Fb"],
  ["/files/files/openapi.json", "files/openapi.json"],
])("the path %s asks for the key %s", async (path, key) => {
  const { askRaw, asked } = everyKey();
  expect((await askRaw(path)).status).toBe(200);
  expect(asked.key).toBe(key);
});

test.each(["/files/../recent", "/files/%2e%2E/b", "/files/a/./b", "/./files", "/files/a/.."])(
  "the path %s is refused: on its way it may have been another",
  async (path) => {
    const { askRaw, asked } = everyKey();
    expect(await (await askRaw(path)).json()).toMatchObject({
      status: 400,
      code: "api.ambiguous_path",
    });
    expect(asked.key).toBeUndefined();
  },
);

test.each(["/files/%", "/files/%zz", "/files/%ff", "/files/%ed%a0%80"])(
  "the path %s is refused: it is not percent-encoded UTF-8",
  async (path) => {
    const { askRaw } = everyKey();
    expect(await (await askRaw(path)).json()).toMatchObject({
      status: 400,
      code: "api.bad_encoding",
    });
  },
);

test.each([
  ["no key at all", "/files/"],
  ["a key of 1,025 bytes", `/files/${"a".repeat(1025)}`],
  ["a key of 1,026 bytes in 513 characters", `/file?key=${"%C3%A9".repeat(513)}`],
  ["no key parameter", "/file"],
  ["two key parameters", "/file?key=a&key=b"],
])("%s is refused, and the parameter named", async (_, path) => {
  const { ask, asked } = everyKey();
  expect(await (await ask(path)).json()).toMatchObject({
    status: 400,
    code: "query.invalid",
    errors: [{ parameter: "key" }],
  });
  expect(asked.key).toBeUndefined();
});

test("a key of 1,024 bytes is taken", async () => {
  const { ask } = everyKey();
  expect((await ask(`/files/${"a".repeat(1024)}`)).status).toBe(200);
});

test("a key in the path and another in the query string are refused", async () => {
  const { ask } = everyKey();
  expect(await (await ask("/files/a?key=b")).json()).toMatchObject({
    status: 400,
    code: "api.two_keys",
  });
});

test("a tombstone is asked for with deleted=true, and only then", async () => {
  const asked: unknown[] = [];
  const { ask } = apiOn(
    catalogueOf({
      get: (key, options) => {
        asked.push(options);
        return Promise.resolve(fileRecord(key));
      },
    }),
  );
  await ask("/file?key=a");
  await ask("/file?key=a&deleted=false");
  await ask("/files/a?deleted=true");
  expect(asked).toEqual([{ deleted: false }, { deleted: false }, { deleted: true }]);
  expect(await (await ask("/file?key=a&deleted=yes")).json()).toMatchObject({
    errors: [{ parameter: "deleted", detail: "must be true or false" }],
  });
});
