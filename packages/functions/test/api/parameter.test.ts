import { describe, expect, test } from "vitest";

import { ROUTES } from "../../src/api/routes.ts";
import { apiOn, catalogueOf, oneFile } from "./fixture.ts";

/** What each path needs at least. */
const NEEDED: Record<string, string> = {
  "/files/{key}": "",
  "/file": "key=a",
  "/duplicates": "key=a",
  "/stats": "by=type",
};

const PATHS = ROUTES.map(({ path }) => [path.replace("{key}", "a"), NEEDED[path] ?? ""] as const);

async function refusal(target: string) {
  const response = await apiOn(oneFile).ask(target);
  expect(response.status).toBe(400);
  return response.json();
}

test.each(PATHS)("%s answers when it is asked for no more than it needs", async (path, query) => {
  expect((await apiOn(oneFile).ask(`${path}?${query}`)).status).toBe(200);
});

test.each(PATHS)("%s refuses a parameter that it does not know", async (path, query) => {
  expect(await refusal(`${path}?${query}&offset=1`)).toMatchObject({
    code: "query.invalid",
    errors: [{ parameter: "offset", detail: "is no parameter of this query" }],
  });
});

test.each(PATHS)("%s refuses parameters of an object's prototype", async (path, query) => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    expect(await refusal(`${path}?${query}&${name}=x`)).toMatchObject({
      errors: [{ parameter: name }],
    });
  }
});

test.each(PATHS)("%s refuses a query string that is not percent-encoded UTF-8", async (path) => {
  for (const text of ["x=%zz", "x=%ff", "%=1", "x=%ed%a0%80"]) {
    expect(await refusal(`${path}?${text}`)).toMatchObject({ code: "api.bad_encoding" });
  }
});

test("a query string of more than 16 KB is refused before it is read", async () => {
  const response = await apiOn(oneFile).ask(`/files?prefix=${"a".repeat(20_000)}`);
  expect(response.status).toBe(414);
  expect(await response.json()).toMatchObject({ code: "api.query_too_long" });
});

describe.each(PATHS.filter(([path]) => !/^\/file(s\/a)?$/.test(path)))("%s", (path, query) => {
  test.each(["0", "-1", "1001", "1e3", "0x10", "", "ten", "1.5", "999999999999999999999", "NaN"])(
    "refuses a limit of %j",
    async (limit) => {
      expect(await refusal(`${path}?${query}&limit=${limit}`)).toMatchObject({
        errors: [{ parameter: "limit", detail: expect.stringMatching(/^must be /) }],
      });
    },
  );

  test("refuses two limits", async () => {
    expect(await refusal(`${path}?${query}&limit=1&limit=2`)).toMatchObject({
      errors: [{ parameter: "limit" }],
    });
  });
});

test("everything that is wrong is named at once", async () => {
  expect(
    await refusal("/find?minSize=x&since=yesterday&state=lost&type=*&nope=1&metadata=a"),
  ).toMatchObject({
    errors: expect.arrayContaining(
      ["minSize", "since", "state", "type", "nope", "metadata"].map((parameter) =>
        expect.objectContaining({ parameter: expect.stringMatching(new RegExp(`^${parameter}`)) }),
      ),
    ),
  });
});

test("parameters arrive as what they stand for", async () => {
  const asked: unknown[] = [];
  const { ask } = apiOn(
    catalogueOf({
      findPage: (query) => {
        asked.push(query);
        return oneFile.findPage(query, { maxUnits: 1 });
      },
    }),
  );
  const response = await ask(
    "/find?prefix=a+b%2Bc&since=2026-11-23&minSize=10&metadata=author=Zo%C3%AB&metadata=x=a=b&nameLike=*.md&limit=7",
  );
  expect(response.status).toBe(200);
  expect(asked).toEqual([
    {
      prefix: "a b+c",
      since: "2026-11-23T00:00:00.000Z",
      minSize: 10,
      metadata: { author: "Zoë", x: "a=b" },
      nameLike: "*.md",
      limit: 7,
    },
  ]);
});

test("what a page of find may read is bounded", async () => {
  let units = Number.POSITIVE_INFINITY;
  const { ask } = apiOn(
    catalogueOf({
      findPage: (query, { maxUnits }) => {
        units = maxUnits;
        return oneFile.findPage(query, { maxUnits });
      },
    }),
  );
  await ask("/find");
  expect(units).toBeLessThanOrEqual(1000);
});
