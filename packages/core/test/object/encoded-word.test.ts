import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { decodeEncodedWords } from "../../src/object/encoded-word.ts";

const inBase64 = (text: string): string => `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`;
const inQuoted = (text: string): string =>
  `=?utf-8?q?${[...Buffer.from(text)].map((byte) => `=${byte.toString(16).padStart(2, "0").toUpperCase()}`).join("")}?=`;

const texts = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed());

describe("a metadata value", () => {
  test("of encoded words is decoded to the original", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(decodeEncodedWords(inBase64(text))).toBe(text);
        expect(decodeEncodedWords(inQuoted(text))).toBe(text);
      }),
    );
  });

  test("can split a character between words of one charset", () => {
    fc.assert(
      fc.property(texts, fc.nat(), (text, at) => {
        const bytes = Buffer.from(text);
        const cut = at % (bytes.length + 1);
        const [head, tail] = [bytes.subarray(0, cut), bytes.subarray(cut)];
        const words = `=?UTF-8?B?${head.toString("base64")}?= =?utf-8?B?${tail.toString("base64")}?=`;
        expect(decodeEncodedWords(words)).toBe(text);
      }),
    );
  });

  test("without encoded words is unchanged", () => {
    fc.assert(
      fc.property(
        fc.string().filter((value) => !value.includes("=?")),
        (value) => {
          expect(decodeEncodedWords(value)).toBe(value);
        },
      ),
    );
  });

  test.each([
    ["=?UTF-8?Q?gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=", "grüße aus Köln"],
    ["=?ISO-8859-1?Q?caf=E9=80?=", "caf\u00E9\u0080"],
    ["=?US-ASCII*en?Q?Keith_Moore?=", "Keith Moore"],
    ["=?utf-8?b?8J+YgA==?=", "😀"],
    ["a =?UTF-8?B?w7w=?= b", "a ü b"],
    ["a=?UTF-8?B?w7w=?=b", "aüb"],
    ["=?UTF-8?B?w7w=?= =?UTF-8?Q?x?=", "üx"],
    ["=?UTF-8?B?w7w=?=\t=?ISO-8859-1?Q?=E9?=", "üé"],
    ["=?UTF-8?B?w7w=?=, =?UTF-8?B?w7w=?=", "ü, ü"],
    ["=?UTF-8?B??=", ""],
  ])("%j is decoded to %j", (value, expected) => {
    expect(decodeEncodedWords(value)).toBe(expected);
  });

  test.each([
    ["an unknown charset", "=?x-klingon?B?w7w=?="],
    ["bytes that are invalid in its charset", "=?UTF-8?B?/w==?="],
    ["characters that are not base64", "=?UTF-8?B?w7*=?="],
    ["half an escape", "=?UTF-8?Q?=C?="],
    ["another encoding", "=?UTF-8?X?abc?="],
    ["no end", "=?UTF-8?B?w7w="],
    ["only delimiters", "=?=?=?"],
  ])("is unchanged if it has %s", (_, value) => {
    expect(decodeEncodedWords(value)).toBe(value);
    expect(decodeEncodedWords(`=?UTF-8?B?w7w=?= ${value}`)).toBe(`ü ${value}`);
    expect(decodeEncodedWords(`${value} =?UTF-8?B?w7w=?=`)).toBe(`${value} ü`);
  });

  test("is decoded quickly for hostile input", () => {
    const values = fc.string({
      unit: fc.constantFrom("=", "?", "B", "Q", " ", "a", "*"),
      maxLength: 4000,
    });
    fc.assert(
      fc.property(values, (value) => {
        expect(typeof decodeEncodedWords(value)).toBe("string");
      }),
    );
  });
});
