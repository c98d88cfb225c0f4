import { describe, expect, test } from "vitest";

import { ROUTES } from "../../src/api/routes.ts";
import { apiOn, catalogWith, oneFile } from "./fixture.ts";

/** The required parameters of each path. */
const REQUIRED: Record<string, string> = {
  "/file": "key=a",
  "/duplicates": "key=a",
  "/stats": "by=type",
};

const PATHS = ROUTES.map(({ path }) => [path, REQUIRED[path] ?? ""] as const);

async function rejection(target: string) {
  const response = await apiOn(oneFile).request(target);
  expect(response.status).toBe(400);
  return response.json();
}

test.each(PATHS)("%s accepts a request with only the required parameters", async (path, query) => {
  expect((await apiOn(oneFile).request(`${path}?${query}`)).status).toBe(200);
});

test.each(PATHS)("%s rejects an unknown parameter", async (path, query) => {
  expect(await rejection(`${path}?${query}&offset=1`)).toMatchObject({
    code: "query.invalid",
    errors: [{ parameter: "offset", detail: "is not a recognized parameter" }],
  });
});

test.each(PATHS)("%s rejects the names of Object.prototype", async (path, query) => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    expect(await rejection(`${path}?${query}&${name}=x`)).toMatchObject({
      errors: [{ parameter: name }],
    });
  }
});

test.each(PATHS)("%s rejects a query string that is not percent-encoded UTF-8", async (path) => {
  for (const text of ["x=%zz", "x=%ff", "%=1", "x=%ed%a0%80"]) {
    expect(await rejection(`${path}?${text}`)).toMatchObject({ code: "api.bad_encoding" });
  }
});

test("rejects a query string of more than 16 KB", async () => {
  const response = await apiOn(oneFile).request(`/files?prefix=${"a".repeat(20_000)}`);
  expect(response.status).toBe(414);
  expect(await response.json()).toMatchObject({ code: "api.query_too_long" });
});

describe.each(PATHS.filter(([path]) => path !== "/file"))("%s", (path, query) => {
  test.each(["0", "-1", "1001", "1e3", "0x10", "", "ten", "1.5", "999999999999999999999", "NaN"])(
    "rejects the limit %j",
    async (limit) => {
      expect(await rejection(`${path}?${query}&limit=${limit}`)).toMatchObject({
        errors: [{ parameter: "limit", detail: expect.stringMatching(/^must be /) }],
      });
    },
  );

  test("rejects two limits", async () => {
    expect(await rejection(`${path}?${query}&limit=1&limit=2`)).toMatchObject({
      errors: [{ parameter: "limit" }],
    });
  });
});

test("names every invalid parameter at once", async () => {
  expect(
    await rejection("/find?minSize=x&since=yesterday&state=lost&type=*&nope=1&metadata=a&by="),
  ).toMatchObject({
    errors: expect.arrayContaining(
      ["minSize", "since", "state", "type", "nope", "metadata", "by"].map((parameter) =>
        expect.objectContaining({ parameter: expect.stringMatching(new RegExp(`^${parameter}`)) }),
      ),
    ),
  });
});

test("converts parameters to the types of the query", async () => {
  const queries: unknown[] = [];
  const { request } = apiOn(
    catalogWith({
      findPage: (query) => {
        queries.push(query);
        return oneFile.findPage(query, { maxUnits: 1 });
      },
    }),
  );
  const response = await request(
    "/find?prefix=a+b%2Bc&since=2026-11-23&minSize=10&metadata=author=Zo%C3%AB&metadata=x=a=b&nameLike=*.md&by=AWS%3AAROAEXAMPLE%3Aann&limit=7",
  );
  expect(response.status).toBe(200);
  expect(queries).toEqual([
    {
      prefix: "a b+c",
      since: "2026-11-23T00:00:00.000Z",
      by: "AWS:AROAEXAMPLE:ann",
      minSize: 10,
      metadata: { author: "Zoë", x: "a=b" },
      nameLike: "*.md",
      limit: 7,
    },
  ]);
});

test("limits the read units of a page of find", async () => {
  let units = Number.POSITIVE_INFINITY;
  const { request } = apiOn(
    catalogWith({
      findPage: (query, { maxUnits }) => {
        units = maxUnits;
        return oneFile.findPage(query, { maxUnits });
      },
    }),
  );
  await request("/find");
  expect(units).toBeLessThanOrEqual(1000);
});
