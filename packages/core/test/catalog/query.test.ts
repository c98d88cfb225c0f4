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

/** The errors of a query, each as `parameter message`. */
function errorsOf(schema: z.ZodMiniType, input: unknown): string[] {
  try {
    parseQuery(schema, input);
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

test.each(DEFAULTS)("%s has defaults for missing parameters", (_, schema, input, read) => {
  expect(parseQuery(schema, input)).toEqual(read);
});

describe("a limit", () => {
  test.each([1, 1000, "1", "1000", "007"])("can be %j", (limit) => {
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
  ])("is rejected if it is %j", (limit) => {
    expect(errorsOf(ListQuery, { limit })).toHaveLength(1);
    expect(errorsOf(ListQuery, { limit })[0]).toMatch(/^limit must be /);
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
  ])("%s is read as %s", (text, time) => {
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
  ])("%j is rejected", (text) => {
    expect(errorsOf(RecentQuery, { until: text })[0]).toMatch(
      /^until (must be an ISO 8601 time|is not a valid date or time)/,
    );
  });
});

describe("a key", () => {
  test("can have 1,024 bytes at most", () => {
    expect(parseQuery(ObjectKey, "é".repeat(512))).toHaveLength(512);
    expect(errorsOf(ObjectKey, `${"é".repeat(512)}a`)).toEqual([" must have 1 to 1024 bytes"]);
    expect(errorsOf(ObjectKey, "")).toEqual([" must have 1 to 1024 bytes"]);
  });

  test("is accepted unchanged, also a hostile one", () => {
    const key = "../../%2e%2e/\u0000\r\n\u001b[2J<script>' OR 1=1 --";
    expect(parseQuery(ObjectKey, key)).toBe(key);
  });

  test("must not contain an unpaired surrogate", () => {
    expect(errorsOf(ListQuery, { prefix: "\ud83d" })).toEqual(["prefix must be valid Unicode"]);
  });
});

describe("user metadata", () => {
  test.each([
    ["one pair", "Owner=ann", { owner: "ann" }],
    ["several pairs", ["a=1", "B=2=3"], { a: "1", b: "2=3" }],
    ["an object", { Owner: "Ann" }, { owner: "Ann" }],
    ["an empty value", "a=", { a: "" }],
    ["the name of a property of every object", "toString=x", { tostring: "x" }],
    ["a name that an item cannot have", "constructor=x", { "\\constructor": "x" }],
    ["a name that zod would drop", "__proto__=x", { "\\__proto__": "x" }],
  ])("can be %s", (_, metadata, read) => {
    expect(parseQuery(FindQuery, { metadata }).metadata).toEqual(read);
  });

  test.each([
    ["no pair", "owner"],
    ["no name", "=ann"],
    ["one name twice", ["a=1", "A=2"]],
    ["a number", 1],
    ["a number for a value", { a: 1 }],
    ["too many pairs", Array.from({ length: 11 }, (_, index) => `n${index}=x`)],
    ["a value that is too long for S3", `a=${"x".repeat(2049)}`],
  ])("is rejected: %s", (_, metadata) => {
    expect(errorsOf(FindQuery, { metadata })).toHaveLength(1);
    expect(errorsOf(FindQuery, { metadata })[0]).toMatch(/^metadata/);
  });
});

describe("tags", () => {
  test.each([
    ["one pair, in the case of its name", "Owner=ann", { Owner: "ann" }],
    ["several pairs", ["a=1", "A=2", "b=2=3"], { a: "1", A: "2", b: "2=3" }],
    [
      "names of properties",
      ["toString=x", "constructor=y"],
      { toString: "x", "\\constructor": "y" },
    ],
  ])("can be %s", (_, tags, read) => {
    expect(parseQuery(FindQuery, { tags }).tags).toEqual(read);
  });

  test.each([
    ["no pair", "owner"],
    ["one name twice", ["a=1", "a=2"]],
    ["a name that is too long for S3", `${"x".repeat(129)}=1`],
    ["a value that is too long for S3", `a=${"x".repeat(257)}`],
  ])("are rejected: %s", (_, tags) => {
    expect(errorsOf(FindQuery, { tags })[0]).toMatch(/^tags/);
  });
});

const CONTRADICTIONS: [string, z.ZodMiniType, object, string][] = [
  ["an end before the start", FindQuery, { since: "2026-02", until: "2026-01" }, "until"],
  ["an empty time window", RecentQuery, { since: "2026-02", until: "2026-02" }, "until"],
  ["a minimum size above the maximum", FindQuery, { minSize: 2, maxSize: 1 }, "maxSize"],
  ["a start in time without a time", RecentQuery, { startAfter: "a" }, "startAfterTime"],
  ["a start in the wrong index", FindQuery, { startAfterTime: "2026" }, "startAfterTime"],
  ["duplicates of neither key nor content", DuplicatesQuery, {}, "key"],
  ["duplicates of both key and ETag", DuplicatesQuery, { key: "a", etag: "b" }, "key"],
  ["duplicates of both key and content", DuplicatesQuery, { key: "a", content: "b" }, "key"],
  ["duplicates of both content and ETag", DuplicatesQuery, { content: "a", etag: "b" }, "key"],
];

test.each(CONTRADICTIONS)("%s is rejected", (_, schema, input, parameter) => {
  expect(errorsOf(schema, input)).toEqual([expect.stringMatching(`^${parameter} `)]);
});

test("media types are case-insensitive", () => {
  expect(parseQuery(FindQuery, { type: "Image/SVG+XML" }).type).toBe("image/svg+xml");
  for (const type of ["image", "*/*", "image/p*", "image/png; q=1", "/", "a/b/c"]) {
    expect(errorsOf(FindQuery, { type })).toEqual([expect.stringMatching(/^type must be a media/)]);
  }
});

test("a pattern has at most 256 characters of any length in bytes", () => {
  expect(errorsOf(FindQuery, { nameLike: "\u{1f680}".repeat(256) })).toEqual([]);
  expect(errorsOf(FindQuery, { nameLike: "*".repeat(257) })).toHaveLength(1);
});

test("an ETag is at most as long as a key, because it is part of one", () => {
  expect(errorsOf(DuplicatesQuery, { etag: "e".repeat(1024) })).toEqual([]);
  expect(errorsOf(DuplicatesQuery, { etag: "\u20ac".repeat(1024) })).toEqual(["etag is too long"]);
});

test("quotes around an ETag are removed", () => {
  expect(parseQuery(DuplicatesQuery, { etag: '"abc-2"' }).etag).toBe("abc-2");
  expect(parseQuery(DuplicatesQuery, { content: '"abc-2"' }).content).toBe("abc-2");
});

test("an ETag must not be a checksum", () => {
  expect(errorsOf(DuplicatesQuery, { etag: "crc64nvme:moKNAtbQBxo=:5" })).toEqual([
    "etag must be an ETag; give a checksum as `content`",
  ]);
});

describe("a content", () => {
  test.each([
    "crc64nvme:moKNAtbQBxo=:5",
    "crc64nvme:AAAAAAAAAAA=:50000000000000",
    "d41d8cd98f00b204e9800998ecf8427e-3",
    "__proto__",
  ])("can be %s", (content) => {
    expect(parseQuery(DuplicatesQuery, { content }).content).toBe(content);
  });

  test.each([
    ["no size", "crc64nvme:moKNAtbQBxo="],
    ["the size of an empty file, which has no duplicates", "crc64nvme:moKNAtbQBxo=:0"],
    ["a size that is not a whole number", "crc64nvme:moKNAtbQBxo=:5.0"],
    ["a checksum of 7 bytes", "crc64nvme:moKNAtbQBw==:5"],
    ["a checksum with more than 64 bits", "crc64nvme:moKNAtbQBxp=:5"],
    ["a plus sign that form encoding made a space", "crc64nvme:mo NAtbQBxo=:5"],
    ["text after the size", "crc64nvme:moKNAtbQBxo=:5\n"],
  ])("is rejected with %s", (_, content) => {
    expect(errorsOf(DuplicatesQuery, { content })).toEqual([
      "content must be crc64nvme:<checksum in base64>:<bytes>, or an ETag",
    ]);
  });

  test("is rejected if it is empty or too long", () => {
    expect(errorsOf(DuplicatesQuery, { content: "" })).toEqual(["content must not be empty"]);
    expect(errorsOf(DuplicatesQuery, { content: '""' })).toEqual(["content must not be empty"]);
    expect(errorsOf(DuplicatesQuery, { content: "e".repeat(1025) })).toEqual([
      "content is too long",
    ]);
  });
});

describe("who made a change", () => {
  test.each(["AWS:AROAEXAMPLE:ann@example.com", "192.0.2.7", "2001:db8::7", "constructor", " "])(
    "can be %j",
    (by) => {
      expect(parseQuery(FindQuery, { by }).by).toBe(by);
    },
  );

  test.each([
    ["", "by must not be empty"],
    ["x".repeat(257), "by must have at most 256 characters"],
    ["\ud83d", "by must be valid Unicode"],
    [["a", "b"], "by must be text"],
  ])("is rejected if it is %j", (by, error) => {
    expect(errorsOf(FindQuery, { by })).toEqual([error]);
  });
});

test("all errors are reported at once, unknown parameters included", () => {
  const input = { limit: 0, prefix: 1, limti: 5 };
  expect(errorsOf(ListQuery, input)).toEqual([
    "prefix must be text",
    "limit must be 1 to 1000",
    "limti is not a recognized parameter",
  ]);
  expect(() => parseQuery(ListQuery, input)).toThrow(InputError);
  expect(() => parseQuery(ListQuery, input)).toThrow(
    expect.objectContaining({ code: "query.invalid", retry: false }),
  );
});

test("a parsed query is parsed to the same query", () => {
  const input = { since: "2026-11-23T07:00+01:00", metadata: ["A=1"], minSize: "5", type: "A/B" };
  const read = parseQuery(FindQuery, input);
  expect(parseQuery(FindQuery, read)).toEqual(read);
});

test("each schema can be converted to JSON Schema, with a description of every parameter", () => {
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
