import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { counted, duration, escaped, safe, size, time } from "../../src/terminal/text.ts";

describe("a number of bytes", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 KB"],
    [1449, "1.4 KB"],
    [999_949, "999.9 KB"],
    [999_950, "1.0 MB"],
    [5_497_558_138_880, "5.5 TB"],
    [Number.MAX_SAFE_INTEGER, "9.0 PB"],
  ])("%i is read as %s", (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });
});

describe("a time that has passed", () => {
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
  ])("of %d seconds is read as %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

test("times are shown to the second, counts with their thousands apart", () => {
  expect(time("2026-11-23T06:24:02.183Z")).toBe("2026-11-23 06:24:02");
  expect([counted(1, "file"), counted(1_234_567, "file")]).toEqual(["1 file", "1,234,567 files"]);
});

describe("a hostile name", () => {
  test.each([
    ["a colour", "\u001b[31mred", "\\u001b[31mred"],
    ["a bell and a new line", "a\u0007\nb", "a\\u0007\\u000ab"],
    ["C1 controls", "\u009b2J", "\\u009b2J"],
    ["text that runs backwards", "\u202egpj.exe", "\\u202egpj.exe"],
    ["what nobody sees", "a\u200bb\ufeff", "a\\u200bb\\ufeff"],
    ["tags", "a\u{e0041}", "a\\u{e0041}"],
    ["line separators", "a\u2028b", "a\\u2028b"],
    ["half a surrogate pair", "a\ud800", "a\\ud800"],
    ["an escape that is none", "\\u001b", "\\\\u001b"],
    ["blanks at its ends", " a b ", "\\u0020a b\\u0020"],
    ["blanks that are no space", "a\u00a0b\u3000c", "a\\u00a0b\\u3000c"],
    ["letters that fill nothing", "a\u115f\u3164\u2800b", "a\\u115f\\u3164\\u2800b"],
    ["marks that nobody sees", "a\u034f1\ufe0fb", "a\\u034f1\\ufe0fb"],
  ])("with %s is shown as what it is", (_, name, shown) => {
    expect(escaped(name)).toBe(shown);
  });

  test.each(["ünï/日本語/🚀", "a \u2764\ufe0f and e\u0301", "<&>\"'`$(x);|*?#[]{}~^", "a b  c"])(
    "%s is left as it is",
    (name) => {
      expect(escaped(name)).toBe(name);
    },
  );
});

const anyText = fc.string({ unit: "binary" });

test("whatever is shown has nothing in it that could drive a terminal", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(safe(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      expect(escaped(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]|^\s|\s$/u);
    }),
  );
});

test("no two names look the same", () => {
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
