import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compilePattern, PatternError } from "../../../src/service/events/pattern.ts";

const matchesPattern = (pattern: unknown, event: unknown) => compilePattern(pattern)(event);

// Amazon EventBridge User Guide, "Comparison operators for use in event patterns".
const MATCHES: readonly [name: string, pattern: unknown, yes: unknown[], no: unknown[]][] = [
  ["a value", { a: ["x", 1] }, [{ a: "x" }, { a: 1 }, { a: ["y", "x"] }], [{ a: "X" }, {}]],
  ["null", { a: [null] }, [{ a: null }], [{ a: "" }, {}]],
  ["an empty text", { a: [""] }, [{ a: "" }], [{ a: null }]],
  ["all members", { a: ["x"], b: [1] }, [{ a: "x", b: 1 }], [{ a: "x" }, { b: 1 }]],
  [
    "nested members",
    { a: { b: ["x"] } },
    [{ a: { b: "x", c: 1 } }, { a: [{ b: "x" }] }],
    [{ a: "x" }],
  ],
  ["a prefix", { a: [{ prefix: "us-" }] }, [{ a: "us-east-1" }], [{ a: "eu-1" }, { a: 1 }]],
  [
    "a prefix in any case",
    { a: [{ prefix: { "equals-ignore-case": "US-" } }] },
    [{ a: "us-1" }],
    [{ a: "eu" }],
  ],
  ["a suffix", { a: [{ suffix: ".png" }] }, [{ a: "b.png" }], [{ a: "b.jpg" }]],
  ["any case", { a: [{ "equals-ignore-case": "alice" }] }, [{ a: "ALICE" }], [{ a: "al" }]],
  [
    "anything but values",
    { a: [{ "anything-but": ["x", 1] }] },
    [{ a: "y" }, { a: 2 }],
    [{ a: "x" }, { a: 1 }, {}],
  ],
  [
    "anything but a prefix",
    { a: [{ "anything-but": { prefix: "x" } }] },
    [{ a: "y" }],
    [{ a: "xy" }],
  ],
  [
    "anything but suffixes",
    { a: [{ "anything-but": { suffix: [".a", ".b"] } }] },
    [{ a: "x.c" }],
    [{ a: "x.b" }],
  ],
  [
    "anything but a wildcard",
    { a: [{ "anything-but": { wildcard: "*/lib/*" } }] },
    [{ a: "a/b" }],
    [{ a: "a/lib/b" }],
  ],
  [
    "numbers",
    { a: [{ numeric: [">", 0, "<=", 5] }] },
    [{ a: 5 }, { a: 0.1 }],
    [{ a: 0 }, { a: "1" }],
  ],
  ["one number", { a: [{ numeric: ["=", 3.018e2] }] }, [{ a: 301.8 }], [{ a: 301 }]],
  [
    "addresses",
    { a: [{ cidr: "10.0.0.0/24" }] },
    [{ a: "10.0.0.255" }],
    [{ a: "10.0.1.0" }, { a: "x" }],
  ],
  ["addresses of IPv6", { a: [{ cidr: "2001:db8::/32" }] }, [{ a: "2001:db8::1" }], [{ a: "::1" }]],
  ["a member", { a: [{ exists: true }] }, [{ a: null }, { a: 0 }], [{}, { a: {} }]],
  ["no member", { a: [{ exists: false }] }, [{ b: 1 }], [{ a: 1 }]],
  [
    "a wildcard",
    { a: [{ wildcard: "dir/*.png" }] },
    [{ a: "dir/b.png" }, { a: "dir/c/b.png" }],
    [{ a: "dir/b.jpg" }],
  ],
  ["an escaped wildcard", { a: [{ wildcard: "a\\*b" }] }, [{ a: "a*b" }], [{ a: "axb" }]],
  [
    "a wildcard of special characters",
    { a: [{ wildcard: "*.(x)+/$" }] },
    [{ a: "b.(x)+/$" }],
    [{ a: "b-(x)+/$" }],
  ],
  [
    "a wildcard after an escaped one",
    { a: [{ wildcard: "a\\**" }] },
    [{ a: "a*b" }],
    [{ a: "ab" }],
  ],
  [
    "a wildcard in a character of two units",
    { a: [{ wildcard: "*é😀" }] },
    [{ a: "\n😀é😀" }],
    [{ a: "é" }],
  ],
  [
    "values of any case",
    { a: [{ suffix: { "equals-ignore-case": ".PNG" } }] },
    [{ a: "x.pNg" }],
    [{ a: "x" }],
  ],
  [
    "anything but values of any case",
    { a: [{ "anything-but": { "equals-ignore-case": ["x", "y"] } }] },
    [{ a: "z" }],
    [{ a: "X" }, { a: "y" }],
  ],
  [
    "anything but one value",
    { a: [{ "anything-but": "x" }] },
    [{ a: 1 }, { a: ["x", "y"] }],
    [{ a: ["x"] }],
  ],
  [
    "an element of a list",
    { a: ["x", "z"] },
    [{ a: ["y", "z"] }, { a: [["x"]] }],
    [{ a: [] }, { a: ["y"] }],
  ],
  [
    "members of the same element of a list",
    { a: { b: [1], c: [2] } },
    [{ a: [{ b: 0 }, { b: 1, c: 2 }] }],
    [
      {
        a: [
          { b: 1, c: 0 },
          { b: 0, c: 2 },
        ],
      },
    ],
  ],
  [
    "a missing member of a missing object",
    { a: { b: [{ exists: false }] } },
    [{}, { a: "x" }],
    [{ a: { b: 1 } }],
  ],
  ["a value or no member", { a: ["x", { exists: false }] }, [{}, { a: "x" }], [{ a: "y" }]],
  ["booleans", { a: [true] }, [{ a: true }], [{ a: "true" }, { a: 1 }]],
  ["a name of Object's own", { constructor: ["x"] }, [{ constructor: "x" }], [{}]],
  [
    "alternatives beside other members",
    { s: ["x"], d: { $or: [{ a: [1] }, { b: { c: [{ prefix: "y" }] } }] } },
    [
      { s: "x", d: { a: 1 } },
      { s: "x", d: { b: { c: "yy" } } },
    ],
    [
      { s: "x", d: { a: 2 } },
      { s: "y", d: { a: 1 } },
    ],
  ],
  [
    "one of several patterns",
    { $or: [{ a: ["x"] }, { b: [{ numeric: [">", 1] }] }] },
    [{ a: "x" }, { b: 2 }],
    [{ a: "y", b: 1 }],
  ],
];

describe.each(MATCHES)("a pattern for %s", (_, pattern, yes, no) => {
  test.each(yes)("matches %j", (event) => {
    expect(matchesPattern(pattern, event)).toBe(true);
  });
  test.each(no)("does not match %j", (event) => {
    expect(matchesPattern(pattern, event)).toBe(false);
  });
});

test.each([
  [{}],
  ["x"],
  [{ a: "x" }],
  [{ a: [] }],
  [{ a: {} }],
  [{ a: [["x"]] }],
  [{ a: ["no"], b: { c: "found behind a member that does not match" } }],
  [{ a: [{ unknown: 1 }] }],
  [{ a: [{ toString: 1 }] }],
  [{ a: [{ prefix: "x", suffix: "y" }] }],
  [{ a: [{ prefix: 1 }] }],
  [{ a: [{ prefix: { suffix: "x" } }] }],
  [{ a: [{ exists: "true" }] }],
  [{ a: [{ "anything-but": [] }] }],
  [{ a: [{ "anything-but": [{ prefix: "x" }] }] }],
  [{ a: [{ "anything-but": { numeric: ["=", 1] } }] }],
  [{ a: [{ numeric: [">"] }] }],
  [{ a: [{ numeric: ["toString", 1] }] }],
  [{ a: [{ numeric: ["=", 5e9 + 1] }] }],
  [{ a: [{ cidr: "10.0.0.0" }] }],
  [{ a: [{ cidr: "10.0.0.0/33" }] }],
  [{ a: [{ cidr: "::/129" }] }],
  [{ a: [{ wildcard: "a**b" }] }],
  [{ a: [{ wildcard: "a\\b" }] }],
  [{ $or: [{ a: ["x"] }] }],
])("rejects the pattern %j", (pattern) => {
  expect(() => compilePattern(pattern)).toThrow(PatternError);
});

test("a pattern of an event's own values matches it, and one with another value does not", () => {
  const event = fc.dictionary(
    fc.string({ minLength: 1 }).filter((name) => name !== "$or"),
    fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
    { minKeys: 1 },
  );
  fc.assert(
    fc.property(event, (values) => {
      const own = Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, [value]]),
      );
      expect(matchesPattern(own, values)).toBe(true);
      const [first = ""] = Object.keys(values);
      expect(matchesPattern({ ...own, [first]: ["no such value"] }, values)).toBe(
        values[first] === "no such value",
      );
    }),
  );
});

describe("for any text", () => {
  const text = fc.string({ unit: "grapheme" });
  const matches = (comparison: object, value: string) =>
    matchesPattern({ a: [comparison] }, { a: value });
  const escaped = (value: string) => value.replaceAll(/[*\\]/g, String.raw`\$&`);

  test("prefix, suffix and wildcard match its parts", () => {
    fc.assert(
      fc.property(text, text, text, (start, middle, end) => {
        const value = start + middle + end;
        expect(matches({ prefix: start }, value)).toBe(true);
        expect(matches({ suffix: end }, value)).toBe(true);
        expect(matches({ wildcard: `${escaped(start)}*${escaped(end)}` }, value)).toBe(true);
        expect(matches({ wildcard: escaped(value) }, value)).toBe(true);
      }),
    );
  });

  test("anything-but is the opposite of each operator", () => {
    const operator = fc.constantFrom("prefix", "suffix", "equals-ignore-case", "wildcard");
    fc.assert(
      fc.property(operator, text, text, (name, operand, value) => {
        const comparison = { [name]: escaped(operand) };
        expect(matches({ "anything-but": comparison }, value)).toBe(!matches(comparison, value));
      }),
    );
  });

  test("numeric compares as JavaScript does", () => {
    const number = fc.integer({ min: -5, max: 5 });
    fc.assert(
      fc.property(number, number, number, (low, high, value) => {
        const pattern = { a: [{ numeric: [">=", low, "<", high] }] };
        expect(matchesPattern(pattern, { a: value })).toBe(value >= low && value < high);
      }),
    );
  });
});
