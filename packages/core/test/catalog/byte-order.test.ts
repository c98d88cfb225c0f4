import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compareBytes, lastKeyWith } from "../../src/catalog/byte-order.ts";

const texts = fc.string({ unit: "binary", maxLength: 20 });
const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe("byte order", () => {
  test("is the order of the bytes in UTF-8", () => {
    fc.assert(
      fc.property(texts, texts, texts, (start, a, b) => {
        expect(Math.sign(compareBytes(start + a, start + b))).toBe(bytewise(start + a, start + b));
      }),
      { numRuns: 1000 },
    );
  });

  test("has characters above U+FFFF after all others", () => {
    expect(["😀", "\uFFFD", "\uE000", "\uD7FF", "a"].toSorted(compareBytes)).toEqual([
      "a",
      "\uD7FF",
      "\uE000",
      "\uFFFD",
      "😀",
    ]);
  });
});

describe("the last key with a prefix", () => {
  const prefixes = fc.string({ unit: "binary", maxLength: 256 });

  test("has the maximum length and comes after every key with the prefix", () => {
    fc.assert(
      fc.property(prefixes, texts, (prefix, rest) => {
        const last = lastKeyWith(prefix);
        expect(Buffer.byteLength(last)).toBe(1024);
        expect(last.startsWith(prefix)).toBe(true);
        expect(compareBytes(prefix + rest, last)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test("comes before every key that sorts after the prefix", () => {
    expect(compareBytes(lastKeyWith("a/"), "a0")).toBeLessThan(0);
    expect(compareBytes(lastKeyWith(""), lastKeyWith("\u{10FFFF}"))).toBe(0);
  });

  test("is the prefix itself if there is no room for more", () => {
    expect(lastKeyWith("a".repeat(1024))).toBe("a".repeat(1024));
  });
});
