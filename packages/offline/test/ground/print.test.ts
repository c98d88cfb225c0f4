import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { jsonLine, logLine, printable, printableLines } from "../../src/ground/print.ts";

const noon = new Date(2026, 0, 1, 12, 0, 0);
const HOSTILE = "\u001b[2J\r\n\u0007\u009b31m\u202egnp.\u2028\u2066x";

describe("printable", () => {
  test("keeps plain text of any language", () => {
    expect(printable("a b\\ 日本 é 🚀")).toBe("a b\\ 日本 é 🚀");
  });

  test("escapes characters that control a terminal, end a line or change the direction of writing", () => {
    expect(printable(HOSTILE)).toBe(
      "\\u001b[2J\\u000d\\u000a\\u0007\\u009b31m\\u202egnp.\\u2028\\u2066x",
    );
  });

  test("keeps line feeds in printableLines", () => {
    expect(printableLines("a\u001b\nb\r")).toBe("a\\u001b\nb\\u000d");
  });

  test("leaves no unsafe character in any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe("jsonLine", () => {
  test("writes one line, which parses to the same value", () => {
    const value = { key: HOSTILE };
    const line = jsonLine(value);

    expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(line)).toEqual(value);
  });
});

describe("logLine", () => {
  const template = "{outcome}  {key}  {reason}";

  test("shows the fields of the template, with a mark for the level", () => {
    const line = JSON.stringify({ level: "WARN", outcome: "unreadable", key: "a", reason: 403 });

    expect(logLine(line, noon, template)).toBe("12:00:00 !  unreadable  a  403");
  });

  test("omits missing fields at the end", () => {
    expect(logLine('{"outcome":"indexed","key":"a"}', noon, template)).toBe(
      "12:00:00    indexed  a",
    );
  });

  test("omits a missing field with the text before it", () => {
    expect(logLine('{"outcome":"test","reason":"connected"}', noon, template)).toBe(
      "12:00:00    test  connected",
    );
  });

  test.each([undefined, template])(
    "shows all fields of an error to which the template does not apply: %s",
    (each) => {
      const error = { name: "ServiceError", message: "S3 is slow", retry: true, stack: "at …" };
      const line = { level: "ERROR", message: "failed", timestamp: "t", key: "a b", n: 1, error };

      expect(logLine(JSON.stringify(line), noon, each)).toBe(
        '12:00:00 !! failed  key="a b"  n=1  error.name=ServiceError  error.message="S3 is slow"  error.retry=true',
      );
    },
  );

  test("shows a JSON line without the first field of the template as it is", () => {
    expect(logLine('{"level":"INFO","message":"x"}', noon, template)).toBe(
      '12:00:00    {"level":"INFO","message":"x"}',
    );
  });

  test("shows a line that is not JSON as it is", () => {
    expect(logLine("plain", noon, template)).toBe("12:00:00  plain");
  });

  test("does not show metrics", () => {
    expect(logLine('{"_aws":{},"Indexed":1}', noon)).toBeUndefined();
  });

  test.each([
    HOSTILE,
    JSON.stringify({ outcome: HOSTILE, key: { deep: HOSTILE } }),
    `"${HOSTILE}"`,
  ])("escapes hostile text in a line (case %#)", (line) => {
    expect(logLine(line, noon, template)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  });

  test.each(["constructor", "toString", "__proto__"])("accepts a level named %s", (level) => {
    expect(logLine(JSON.stringify({ level, message: "x" }), noon)).toBe("12:00:00    x");
  });
});
