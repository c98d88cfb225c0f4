import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formEncode, fromWire, percentDecode, toWire } from "../src/encoding.ts";
import { decodeWords, encodeWords } from "../src/object/metadata.ts";

describe("keys in notifications and lists", () => {
  test.each([
    ["red flower.jpg", "red+flower.jpg"],
    ["a+b", "a%2Bb"],
    ["a@b", "a%40b"],
    ["dir/a%2Fb", "dir/a%252Fb"],
    ["!'()*~-._", "%21%27%28%29*%7E-._"],
    ["dt=2018-05-04/10:47", "dt%3D2018-05-04/10%3A47"],
    ["ü/日本", "%C3%BC/%E6%97%A5%E6%9C%AC"],
    ["\n\u0000", "%0A%00"],
  ])("%j is encoded as %j", (key, encoded) => {
    expect(formEncode(key)).toBe(encoded);
  });

  test("decode to the same key: first the plus, then the percent signs", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (key) => {
        expect(decodeURIComponent(formEncode(key).replaceAll("+", " "))).toBe(key);
      }),
    );
  });
});

describe("paths", () => {
  test("are percent-decoded once, and keep a plus", () => {
    expect(percentDecode("a+b%2Bc%252F")).toBe("a+b+c%2F");
  });

  test.each(["%", "%zz", "%ff", "%ed%a0%80"])("%j cannot be decoded", (path) => {
    expect(percentDecode(path)).toBeUndefined();
  });
});

test("decodes header values as they were encoded", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(fromWire(toWire(text))).toBe(text);
    }),
  );
});

test("decodes a header that is not UTF-8 as Latin-1", () => {
  expect(fromWire("caf\u00e9")).toBe("café");
});

describe("user metadata", () => {
  test.each([
    ["plain", "plain"],
    ["café au lait", "=?UTF-8?Q?caf=C3=A9_au_lait?="],
    ["日本語", "=?UTF-8?B?5pel5pys6Kqe?="],
    ["ÄMÄZÕÑ S3", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="],
    ["\u0000\u0001\u0002\u0003", "=?UTF-8?B?AAECAw==?="],
    ["a_b=c?d.é%", "=?UTF-8?Q?a=5Fb=3Dc=3Fd.=C3=A9%?="],
  ])("%j is returned as %j", (value, returned) => {
    expect(encodeWords(value)).toBe(returned);
  });

  test("is decoded from one encoded word or several", () => {
    expect(decodeWords("=?utf-8?q?caf=C3=A9?= and =?UTF-8?B?5pel?= =?UTF-8?B?5pys?=")).toBe(
      "café and 日本",
    );
  });

  test.each(["=?utf-8?b?=GGG?=", "=?latin1?q?a?=", "=?UTF-8?X?a?=", "=?"])(
    "is kept if it only looks encoded: %s",
    (value) => {
      expect(decodeWords(value)).toBe(value);
    },
  );

  test("of any length is returned unchanged, in words of 75 characters at most", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (value) => {
        // A value that looks like an encoded word is decoded as one.
        fc.pre(!value.includes("=?"));
        const encoded = encodeWords(value);

        expect(decodeWords(encoded)).toBe(value);
        expect(encoded).toMatch(/^[\x20-\x7e]*$/);
        const words = encoded === value ? [] : encoded.split(" ");
        expect(words.filter((word) => word.length > 75)).toEqual([]);
      }),
    );
  });
});
