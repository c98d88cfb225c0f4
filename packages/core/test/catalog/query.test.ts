import { describe, expect, test } from "vitest";
import * as z from "zod/mini";

import { InputError } from "../../src/error.ts";
import {
  DuplicatesQuery,
  FindPageQuery,
  FindQuery,
  ListQuery,
  ObjectKey,
  parseQuery,
  QueryError,
  RecentQuery,
  StatsQuery,
} from "../../src/catalog/query.ts";

/** What is said to be wrong, as `parameter message`. */
function complaints(schema: z.ZodMiniType, asked: unknown): string[] {
  try {
    parseQuery(schema, asked);
    return [];
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return error.issues.map(({ parameter, message }) => `${parameter} ${message}`);
  }
}

const DEFAULTS: [string, z.ZodMiniType, object, object][] = [
  ["list", ListQuery, {}, { prefix: "", limit: 100 }],
  ["recent", RecentQuery, {}, { limit: 50 }],
  ["duplicates", DuplicatesQuery, { key: "a" }, { key: "a", limit: 100 }],
  ["find", FindQuery, {}, { prefix: "" }],
  ["findPage", FindPageQuery, {}, { prefix: "", limit: 100 }],
  ["stats", StatsQuery, { by: "day" }, { prefix: "", by: "day", limit: 100 }],
];

test.each(DEFAULTS)("what is left out of %s has a default", (_, schema, asked, read) => {
  expect(parseQuery(schema, asked)).toEqual(read);
});

describe("a limit", () => {
  test.each([1, 1000, "1", "1000", "007"])("may be %j", (limit) => {
    expect(parseQuery(ListQuery, { limit }).limit).toBe(Number(limit));
  });

  test.each([
    0,
    1001,
    -1,
    1.5,
    Number.NaN,
    "",
    " 1",
    "1e2",
    "0x10",
    "1001",
    "9".repeat(400),
    null,
    [],
    ["1"],
    true,
  ])("may not be %j", (limit) => {
    expect(complaints(ListQuery, { limit })).toHaveLength(1);
    expect(complaints(ListQuery, { limit })[0]).toMatch(/^limit must be /);
  });
});

describe("a time", () => {
  test.each([
    ["2026", "2026-01-01T00:00:00.000Z"],
    ["2026-11", "2026-11-01T00:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["2026-11-23T06:24", "2026-11-23T06:24:00.000Z"],
    ["2026-11-23T06:24:05", "2026-11-23T06:24:05.000Z"],
    ["2026-11-23T06:24:05.5Z", "2026-11-23T06:24:05.500Z"],
    ["2026-11-23T06:24:05.123456789Z", "2026-11-23T06:24:05.123Z"],
    ["2026-11-23T06:24:05+01:00", "2026-11-23T05:24:05.000Z"],
    ["2026-12-31T23:30-01:00", "2027-01-01T00:30:00.000Z"],
  ])("%s is %s", (text, time) => {
    expect(parseQuery(RecentQuery, { until: text }).until).toBe(time);
  });

  test.each([
    "",
    "yesterday",
    "23.11.2026",
    "2026-13",
    "2026-02-30",
    "2025-02-29",
    "2026-11-23T25:00",
    "2026-11-23T06",
    "2026-11-23 06:24",
    "1969-12-31",
    "+010000-01-01",
    "9999-12-31T23:59-10:00",
    " 2026",
  ])("%j is none", (text) => {
    expect(complaints(RecentQuery, { until: text })[0]).toMatch(/^until (must be|is) a time/);
  });
});

describe("a key", () => {
  test("may have 1,024 bytes and no more", () => {
    expect(parseQuery(ObjectKey, "é".repeat(512))).toHaveLength(512);
    expect(complaints(ObjectKey, `${"é".repeat(512)}a`)).toEqual([" must have 1 to 1024 bytes"]);
    expect(complaints(ObjectKey, "")).toEqual([" must have 1 to 1024 bytes"]);
  });

  test("is taken as it is, however hostile", () => {
    const key = "../../%2e%2e/\u0000\r\n\u001b[2J<script>' OR 1=1 --";
    expect(parseQuery(ObjectKey, key)).toBe(key);
  });

  test("has no half of a surrogate pair", () => {
    expect(complaints(ListQuery, { prefix: "\ud83d" })).toEqual(["prefix must be valid Unicode"]);
  });
});

describe("user metadata", () => {
  test.each([
    ["one pair", "Owner=ann", { owner: "ann" }],
    ["several pairs", ["a=1", "B=2=3"], { a: "1", b: "2=3" }],
    ["an object", { Owner: "Ann" }, { owner: "Ann" }],
    ["an empty value", "a=", { a: "" }],
    ["a name that objects have already", "constructor=x", { constructor: "x" }],
  ])("may be %s", (_, metadata, read) => {
    expect(parseQuery(FindQuery, { metadata }).metadata).toEqual(read);
  });

  test.each([
    ["no pair", "owner"],
    ["no name", "=ann"],
    ["one name twice", ["a=1", "A=2"]],
    ["a name that would be lost", "__proto__=x"],
    ["a number", 1],
    ["a number for a value", { a: 1 }],
    ["too many pairs", Array.from({ length: 11 }, (_, index) => `n${index}=x`)],
    ["a value that S3 cannot keep", `a=${"x".repeat(2049)}`],
  ])("may not be %s", (_, metadata) => {
    expect(complaints(FindQuery, { metadata })).toHaveLength(1);
    expect(complaints(FindQuery, { metadata })[0]).toMatch(/^metadata/);
  });
});

const CONTRADICTIONS: [string, z.ZodMiniType, object, string][] = [
  ["an end before the beginning", FindQuery, { since: "2026-02", until: "2026-01" }, "until"],
  ["no time at all", RecentQuery, { since: "2026-02", until: "2026-02" }, "until"],
  ["a least size above the most", FindQuery, { minSize: 2, maxSize: 1 }, "maxSize"],
  ["a place in time without a time", RecentQuery, { startAfter: "a" }, "startAfterTime"],
  ["a place in the wrong index", FindQuery, { startAfterTime: "2026" }, "startAfterTime"],
  ["duplicates of nothing", DuplicatesQuery, {}, "key"],
  ["duplicates of two things", DuplicatesQuery, { key: "a", etag: "b" }, "key"],
];

test.each(CONTRADICTIONS)("asking for %s is refused", (_, schema, asked, parameter) => {
  expect(complaints(schema, asked)).toEqual([expect.stringMatching(`^${parameter} `)]);
});

test("media types are read without regard to case", () => {
  expect(parseQuery(FindQuery, { type: "Image/SVG+XML" }).type).toBe("image/svg+xml");
  for (const type of ["image", "*/*", "image/p*", "image/png; q=1", "/", "a/b/c"]) {
    expect(complaints(FindQuery, { type })).toEqual([
      expect.stringMatching(/^type must be a media/),
    ]);
  }
});

test("a pattern has at most 256 characters, however many bytes", () => {
  expect(complaints(FindQuery, { nameLike: "\u{1f680}".repeat(256) })).toEqual([]);
  expect(complaints(FindQuery, { nameLike: "*".repeat(257) })).toHaveLength(1);
});

test("an ETag has at most the bytes of a key: it is part of one", () => {
  expect(complaints(DuplicatesQuery, { etag: "e".repeat(1024) })).toEqual([]);
  expect(complaints(DuplicatesQuery, { etag: "\u20ac".repeat(1024) })).toEqual([
    "etag is too long",
  ]);
});

test("quotes of an ETag are no part of it", () => {
  expect(parseQuery(DuplicatesQuery, { etag: '"abc-2"' }).etag).toBe("abc-2");
});

test("everything that is wrong is said at once, and unknown parameters are", () => {
  const asked = { limit: 0, prefix: 1, limti: 5 };
  expect(complaints(ListQuery, asked)).toEqual([
    "prefix must be text",
    "limit must be 1 to 1000",
    "limti is no parameter of this query",
  ]);
  expect(() => parseQuery(ListQuery, asked)).toThrow(InputError);
  expect(() => parseQuery(ListQuery, asked)).toThrow(
    expect.objectContaining({ code: "query.invalid", retry: false }),
  );
});

test("what is read already is read as the same again", () => {
  const asked = { since: "2026-11-23T07:00+01:00", metadata: ["A=1"], minSize: "5", type: "A/B" };
  const read = parseQuery(FindQuery, asked);
  expect(parseQuery(FindQuery, read)).toEqual(read);
});

test("each schema can be shown as JSON Schema, with a description of every parameter", () => {
  for (const schema of [
    ListQuery,
    RecentQuery,
    DuplicatesQuery,
    FindQuery,
    FindPageQuery,
    StatsQuery,
  ]) {
    const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
    expect(Object.keys(properties).length).toBeGreaterThan(2);
    for (const property of Object.values(properties)) {
      expect(property).toHaveProperty("description", expect.stringMatching(/\.$/));
    }
  }
});
