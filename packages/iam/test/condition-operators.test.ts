import { describe, expect, test } from "vitest";

import type { RequestContext } from "../src/context.ts";
import { isAllowed } from "./factories.ts";

/** Returns whether an allow with this condition applies. */
const holds = (
  Condition: Record<string, Record<string, unknown>>,
  context: RequestContext = {},
): boolean => isAllowed({ context }, { Condition });

describe("an operator matches a value of its type", () => {
  test.each<[operator: string, listed: string, value: string, holds: boolean]>([
    ["StringEquals", "a", "a", true],
    ["StringEquals", "a", "A", false],
    ["StringEquals", "a*", "ab", false],
    ["StringEquals", "a*", "a*", true],
    ["StringNotEquals", "a", "b", true],
    ["StringNotEquals", "a", "a", false],
    ["StringEqualsIgnoreCase", "Straße", "STRASSE", false],
    ["StringEqualsIgnoreCase", "Äb", "äB", true],
    ["StringNotEqualsIgnoreCase", "a", "A", false],
    ["StringLike", "home/*", "home/a/b", true],
    ["StringLike", "home/?", "home/ab", false],
    ["StringLike", "home/*", "Home/a", false],
    ["StringLike", "", "", true],
    ["StringNotLike", "home/*", "home/a", false],
    ["StringNotLike", "home/*", "away", true],
    ["NumericEquals", "10", "10.0", true],
    ["NumericEquals", "10", "1e1", false],
    ["NumericNotEquals", "10", "11", true],
    ["NumericLessThan", "10", "9", true],
    ["NumericLessThan", "10", "10", false],
    ["NumericLessThanEquals", "10", "10", true],
    ["NumericLessThanEquals", "10", "9.99", true],
    ["NumericLessThanEquals", "9", "10", false],
    ["NumericGreaterThan", "10", "100", true],
    ["NumericGreaterThan", "10", "10", false],
    ["NumericGreaterThanEquals", "-1", "-1", true],
    ["DateEquals", "2026-01-31T00:00:00Z", "2026-01-31", true],
    ["DateEquals", "2026-01-31T02:00:00+02:00", "2026-01-31T00:00:00.000Z", true],
    ["DateEquals", "2026-01-30T22:30:00-01:30", "2026-01-31T00:00:00Z", true],
    ["DateEquals", "1769817600", "2026-01-31T00:00:00Z", true],
    ["DateNotEquals", "2026-01-31", "2026-02-01", true],
    ["DateLessThan", "2026-01-31T00:00:01Z", "2026-01-31T00:00:00.999Z", true],
    ["DateLessThan", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", false],
    ["DateLessThanEquals", "2026", "2026-01-01T00:00:00Z", true],
    ["DateGreaterThan", "2026-01-31T00:00Z", "1769817601", true],
    ["DateGreaterThanEquals", "2026-02", "2026-01-31T23:59:59Z", false],
    ["Bool", "true", "true", true],
    ["Bool", "false", "true", false],
    ["Bool", "TRUE", "true", true],
    ["BinaryEquals", "QmluYXJ5", "QmluYXJ5", true],
    ["BinaryEquals", "QmluYXI=", "QmluYXI", true],
    ["BinaryEquals", "QmluYXJ5", "qmluyxj5", false],
    ["IpAddress", "203.0.113.0/24", "203.0.113.9", true],
    ["IpAddress", "203.0.113.0/24", "203.0.114.9", false],
    ["IpAddress", "203.0.113.7", "203.0.113.7", true],
    ["IpAddress", "203.0.113.7", "203.0.113.8", false],
    ["IpAddress", "0.0.0.0/0", "8.8.8.8", true],
    ["IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678:abcd::1", true],
    ["IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5679::1", false],
    ["IpAddress", "2001:db8::1", "2001:db8::1", true],
    ["IpAddress", "2001:db8::1", "2001:db8::2", false],
    ["IpAddress", "203.0.113.0/24", "2001:db8::1", false],
    ["IpAddress", "127.0.0.0/8", "::ffff:127.0.0.1", true],
    ["NotIpAddress", "203.0.113.0/24", "203.0.113.9", false],
    ["NotIpAddress", "203.0.113.0/24", "198.51.100.1", true],
    ["ArnEquals", "arn:aws:s3:::bucket", "arn:aws:s3:::bucket", true],
    ["ArnEquals", "arn:aws:s3:*:*:bucket", "arn:aws:s3:::bucket", true],
    ["ArnEquals", "arn:aws:s3:::buck*", "arn:aws:s3:::bucket", true],
    ["ArnLike", "arn:aws:s3:::Bucket", "arn:aws:s3:::bucket", false],
    ["ArnLike", "*", "arn:aws:s3:::bucket", true],
    [
      "ArnLike",
      "arn:aws:someservice:*:111122223333:finance/*",
      "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
      false,
    ],
    [
      "StringLike",
      "arn:aws:someservice:*:111122223333:finance/*",
      "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
      true,
    ],
    ["ArnNotEquals", "arn:aws:s3:::bucket", "arn:aws:s3:::other", true],
    ["ArnNotLike", "arn:aws:s3:::*", "arn:aws:s3:::bucket", false],
  ])("%s %j and the value %j: %j", (operator, listed, value, expected) => {
    expect(holds({ [operator]: { "test:key": listed } }, { "test:key": value })).toBe(expected);
  });
});

const NEGATED = ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike"];
const POSITIVE = ["StringEquals", "StringEqualsIgnoreCase", "StringLike"];

describe("an absent key", () => {
  test.each(NEGATED)("holds for %s", (operator) => {
    expect(holds({ [operator]: { "test:key": "a" } })).toBe(true);
    expect(holds({ [operator]: { "test:key": "a" } }, { "test:key": undefined })).toBe(true);
    expect(holds({ [operator]: { "test:key": "a" } }, { "test:key": [] })).toBe(true);
  });

  test.each(POSITIVE)("does not hold for %s", (operator) => {
    expect(holds({ [operator]: { "test:key": ["a", "", "*"] } })).toBe(false);
  });

  test.each([
    ["NumericNotEquals", "1"],
    ["DateNotEquals", "2026"],
    ["NotIpAddress", "10.0.0.0/8"],
    ["ArnNotEquals", "arn:aws:s3:::b"],
    ["ArnNotLike", "arn:aws:s3:::b"],
  ])("holds for %s", (operator, value) => {
    expect(holds({ [operator]: { "test:key": value } })).toBe(true);
  });

  test.each([
    ["NumericEquals", "1"],
    ["NumericLessThan", "1"],
    ["DateLessThan", "2026"],
    ["Bool", "false"],
    ["BinaryEquals", "QQ=="],
    ["IpAddress", "0.0.0.0/0"],
    ["ArnLike", "*"],
  ])("does not hold for %s, but for %sIfExists", (operator, value) => {
    expect(holds({ [operator]: { "test:key": value } })).toBe(false);
    expect(holds({ [`${operator}IfExists`]: { "test:key": value } })).toBe(true);
  });

  test("is tested by Null", () => {
    expect(holds({ Null: { "test:key": "true" } })).toBe(true);
    expect(holds({ Null: { "test:key": "true" } }, { "test:key": "a" })).toBe(false);
    expect(holds({ Null: { "test:key": "false" } }, { "test:key": "a" })).toBe(true);
    expect(holds({ Null: { "test:key": false } })).toBe(false);
    expect(holds({ Null: { "test:key": ["true", "false"] } })).toBe(true);
  });
});
