import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { InputError } from "../../src/error.ts";
import { MAX_KEY_BYTES } from "../../src/limits.ts";
import { decodeKey } from "../../src/notification/key.ts";

/** As S3 sends keys in notifications. */
const formEncode = (key: string): string =>
  encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/");

const keys = fc
  .string({ unit: "binary", minLength: 1, maxLength: 300 })
  .filter((key) => Buffer.byteLength(key) <= MAX_KEY_BYTES);

describe("the key of a notification", () => {
  test("is decoded to the original for any key", () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(decodeKey(formEncode(key))).toBe(key);
      }),
    );
  });

  test.each([
    ["red+flower.jpg", "red flower.jpg"],
    ["1%2B1=2", "1+1=2"],
    ["100%25", "100%"],
    ["a%252Fb", "a%2Fb"],
    ["%2Flead//trail%2F", "/lead//trail/"],
    ["line%0Abreak%00", "line\nbreak\u0000"],
    ["%F0%9F%98%80+%C3%BC", "😀 ü"],
    ["../%2e%2E/..", "../../.."],
    ["a%40b/c", "a@b/c"],
  ])("%j is decoded to %j", (encoded, key) => {
    expect(decodeKey(encoded)).toBe(key);
  });

  test("can have 1,024 bytes at most", () => {
    expect(decodeKey("%F0%9F%98%80".repeat(256))).toBe("😀".repeat(256));
    expect(() => decodeKey("a".repeat(1025))).toThrow(InputError);
  });

  test.each(["", "%", "%2", "%zz", "%C3", "%C3%28", "%ED%A0%80", "%F8%88%80%80%80", "\ud800"])(
    "is rejected if it is %j",
    (encoded) => {
      expect(() => decodeKey(encoded)).toThrow(
        expect.objectContaining({ code: "notification.bad_key", retry: false }),
      );
    },
  );
});
