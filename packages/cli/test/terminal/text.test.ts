import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { counted, duration, escaped, safe, size, time } from "../../src/terminal/text.ts";

describe("size", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 KB"],
    [1449, "1.4 KB"],
    [999_949, "999.9 KB"],
    [999_950, "1.0 MB"],
    [5_497_558_138_880, "5.5 TB"],
    [Number.MAX_SAFE_INTEGER, "9.0 PB"],
  ])("formats %i bytes as %s", (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });
});

describe("duration", () => {
  test.each([
    [-5, "0 s"],
    [0.9, "0 s"],
    [119, "119 s"],
    [120, "2 min"],
    [7199, "119 min"],
    [7200, "2 h"],
    [48 * 3600 - 1, "47 h"],
    [48 * 3600, "2 d"],
    [400 * 86_400, "400 d"],
  ])("formats %d seconds as %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

test("formats times to the second, and counts with thousands separators", () => {
  expect(time("2026-11-23T06:24:02.183Z")).toBe("2026-11-23 06:24:02");
  expect([counted(1, "file"), counted(1_234_567, "file")]).toEqual(["1 file", "1,234,567 files"]);
});

describe("escaped", () => {
  test.each([
    ["a color", "\u001b[31mred", "\\u001b[31mred"],
    ["a bell and a new line", "a\u0007\nb", "a\\u0007\\u000ab"],
    ["C1 controls", "\u009b2J", "\\u009b2J"],
    ["a right-to-left override", "\u202egpj.exe", "\\u202egpj.exe"],
    ["zero-width characters", "a\u200bb\ufeff", "a\\u200bb\\ufeff"],
    ["tag characters", "a\u{e0041}", "a\\u{e0041}"],
    ["line separators", "a\u2028b", "a\\u2028b"],
    ["half a surrogate pair", "a\ud800", "a\\ud800"],
    ["a backslash", "\\u001b", "\\\\u001b"],
    ["spaces at its ends", " a b ", "\\u0020a b\\u0020"],
    ["other spaces", "a\u00a0b\u3000c", "a\\u00a0b\\u3000c"],
    ["blank letters", "a\u115f\u3164\u2800b", "a\\u115f\\u3164\\u2800b"],
    ["invisible marks", "a\u034f1\ufe0fb", "a\\u034f1\\ufe0fb"],
  ])("escapes %s", (_, name, shown) => {
    expect(escaped(name)).toBe(shown);
  });

  test.each(["ünï/日本語/🚀", "a \u2764\ufe0f and e\u0301", "<&>\"'`$(x);|*?#[]{}~^", "a b  c"])(
    "leaves %s unchanged",
    (name) => {
      expect(escaped(name)).toBe(name);
    },
  );
});

const anyText = fc.string({ unit: "binary" });

test("output never contains control or invisible characters", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(safe(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      expect(escaped(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]|^\s|\s$/u);
    }),
  );
});

test("different names look different", () => {
  const tricky = fc
    .array(
      fc.constantFrom(
        "\\",
        "u",
        "0020",
        "{",
        "}",
        "e0041",
        " ",
        "\u{e0041}",
        "\u0020",
        "\n",
        "000a",
      ),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(tricky, tricky, (a, b) => {
      expect(escaped(a) === escaped(b)).toBe(a === b);
    }),
    { numRuns: 2000 },
  );
});
