import { InvalidArgumentError } from "commander";
import { describe, expect, test } from "vitest";

import { parseCount, parseSize, parseTime } from "../src/options.ts";

describe("parseTime", () => {
  const now = new Date("2026-03-01T12:00:00.000Z");

  test.each([
    ["45s", "2026-03-01T11:59:15.000Z"],
    ["90min", "2026-03-01T10:30:00.000Z"],
    ["90m", "2026-03-01T10:30:00.000Z"],
    ["2h", "2026-03-01T10:00:00.000Z"],
    ["1 d", "2026-02-28T12:00:00.000Z"],
    ["4w", "2026-02-01T12:00:00.000Z"],
    ["today", "2026-03-01"],
    ["yesterday", "2026-02-28"],
    ["2026-02-03 04:05", "2026-02-03T04:05"],
    ["2026-02-03T04:05:06+01:00", "2026-02-03T04:05:06+01:00"],
    ["next week", "nextTweek"],
  ])("converts %s to %s", (typed, time) => {
    expect(parseTime(typed, now)).toBe(time);
  });
});

describe("parseSize", () => {
  test.each([
    ["0", 0],
    ["500", 500],
    ["500b", 500],
    ["10MB", 10_000_000],
    ["10m", 10_000_000],
    ["1.5GiB", 1_610_612_736],
    ["2 TB", 2_000_000_000_000],
    ["1ki", 1024],
  ])("reads %s as %i bytes", (typed, bytes) => {
    expect(parseSize(typed)).toBe(bytes);
  });

  test.each(["", "-1", "big", "1e3", "0x10", "10 megabytes", "1.2.3", "10EB", "MB"])(
    "rejects %j",
    (typed) => {
      expect(() => parseSize(typed)).toThrow(InvalidArgumentError);
    },
  );
});

test("parseCount accepts positive whole numbers only", () => {
  expect(parseCount("1")).toBe(1);
  for (const typed of ["0", "-1", "1.5", "", "1e3", "ten", "9999999999"]) {
    expect(() => parseCount(typed)).toThrow(InvalidArgumentError);
  }
});
