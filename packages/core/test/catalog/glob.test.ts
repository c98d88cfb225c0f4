import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { glob } from "../../src/catalog/glob.ts";

describe("a pattern", () => {
  test.each([
    ["*.txt", "a.txt", true],
    ["*.txt", ".txt", true],
    ["*.txt", "a.txt.gz", false],
    ["*.TXT", "a.txt", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a?c", "abbc", false],
    ["?", "\u{1f680}", true],
    ["??", "\u{1f680}", false],
    ["", "", true],
    ["", "a", false],
    ["*", "", true],
    ["***", "a/b\nc", true],
    ["a*b*c", "a--b--b--c", true],
    ["a*b*c", "a--c--b", false],
    ["[a].{b}+^$|\\d()", "[a].{b}+^$|\\d()", true],
    ["\\*", "\\anything", true],
  ])("%s and %s: %s", (pattern, text, expected) => {
    expect(glob(pattern)(text)).toBe(expected);
  });

  test("of more than 32 and more than 64 characters is matched as a whole", () => {
    for (const length of [31, 32, 33, 63, 64, 65, 256]) {
      const pattern = `${"?".repeat(length - 1)}z`;
      expect(glob(pattern)(`${"a".repeat(length - 1)}z`)).toBe(true);
      expect(glob(pattern)("a".repeat(length))).toBe(false);
      expect(glob(`*${pattern}`)(`${"a".repeat(length + 40)}z`)).toBe(true);
    }
  });
});

/** The model: the definition, in exponential time. */
function matches(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === "*")
    return matches(rest, text) || (text.length > 0 && matches(pattern, text.slice(1)));
  return text.length > 0 && (first === "?" || first === text[0]) && matches(rest, text.slice(1));
}

test("a text matches a pattern if and only if it matches the model", () => {
  const atoms = fc.constantFrom("a", "b", "*", "?", "\u{1f680}");
  const patterns = fc.array(atoms, { maxLength: 8 });
  const texts = fc.array(fc.constantFrom("a", "b", "\u{1f680}", "\ud83d"), { maxLength: 8 });
  fc.assert(
    fc.property(patterns, texts, (pattern, text) => {
      expect(glob(pattern.join(""))(text.join(""))).toBe(
        matches(pattern, Array.from(text.join(""))),
      );
    }),
    { numRuns: 2000 },
  );
});

test("a hostile pattern takes linear time", () => {
  // A backtracking matcher would not finish before the test times out.
  const text = "a".repeat(1024);
  expect(glob(`${"*a".repeat(127)}*b`)(text)).toBe(false);
  expect(glob("*?".repeat(128))(text)).toBe(true);
});
