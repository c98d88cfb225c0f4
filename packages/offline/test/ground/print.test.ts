import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { jsonLine, logLine, printable, printableLines } from "../../src/ground/print.ts";

const noon = new Date(2026, 0, 1, 12, 0, 0);
const HOSTILE = "\u001b[2J\r\n\u0007\u009b31m\u202egnp.\u2028\u2066x";

describe("text of the outside", () => {
  test("keeps what is only text, of whatever language", () => {
    expect(printable("a b\\ 日本 é 🚀")).toBe("a b\\ 日本 é 🚀");
  });

  test("cannot drive a terminal, end a line or turn the direction of writing", () => {
    expect(printable(HOSTILE)).toBe(
      "\\u001b[2J\\u000d\\u000a\\u0007\\u009b31m\\u202egnp.\\u2028\\u2066x",
    );
  });

  test("of several lines keeps its lines and nothing else", () => {
    expect(printableLines("a\u001b\nb\r")).toBe("a\\u001b\nb\\u000d");
  });

  test("is safe, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe("a value as one line of JSON", () => {
  test("is one line for everybody, and the same value", () => {
    const value = { key: HOSTILE };
    const line = jsonLine(value);

    expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(line)).toEqual(value);
  });
});

describe("a line of a function's log", () => {
  const template = "{outcome}  {key}  {reason}";

  test("that is JSON shows the fields of the template, marked by its level", () => {
    const line = JSON.stringify({ level: "WARN", outcome: "unreadable", key: "a", reason: 403 });

    expect(logLine(line, noon, template)).toBe("12:00:00 !  unreadable  a  403");
  });

  test("shows fields that are not there as nothing", () => {
    expect(logLine('{"outcome":"indexed","key":"a"}', noon, template)).toBe(
      "12:00:00    indexed  a",
    );
  });

  test("leaves out a field that is not there, with the text before it", () => {
    expect(logLine('{"outcome":"test","reason":"connected"}', noon, template)).toBe(
      "12:00:00    test  connected",
    );
  });

  test.each([undefined, template])(
    "shows all fields of a failure, with the template %s",
    (each) => {
      const error = { name: "ServiceError", message: "S3 is slow", retry: true, stack: "at …" };
      const line = { level: "ERROR", message: "failed", timestamp: "t", key: "a b", n: 1, error };

      expect(logLine(JSON.stringify(line), noon, each)).toBe(
        '12:00:00 !! failed  key="a b"  n=1  error.name=ServiceError  error.message="S3 is slow"  error.retry=true',
      );
    },
  );

  test("without the first field of the template is shown whole", () => {
    expect(logLine('{"level":"INFO","message":"x"}', noon, template)).toBe(
      '12:00:00    {"level":"INFO","message":"x"}',
    );
  });

  test("that is no JSON is shown as it is", () => {
    expect(logLine("plain", noon, template)).toBe("12:00:00  plain");
  });

  test("that is a metric is not shown", () => {
    expect(logLine('{"_aws":{},"Indexed":1}', noon)).toBeUndefined();
  });

  test.each([
    HOSTILE,
    JSON.stringify({ outcome: HOSTILE, key: { deep: HOSTILE } }),
    `"${HOSTILE}"`,
  ])("cannot forge another, nor drive the terminal", (line) => {
    expect(logLine(line, noon, template)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  });

  test.each(["constructor", "toString", "__proto__"])("may call its level %s", (level) => {
    expect(logLine(JSON.stringify({ level, message: "x" }), noon)).toBe("12:00:00    x");
  });
});
