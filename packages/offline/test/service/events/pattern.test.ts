import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { matchesPattern, PatternError } from "../../../src/service/events/pattern.ts";

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
  [{ a: "x" }],
  [{ a: [] }],
  [{ a: [{ unknown: 1 }] }],
  [{ a: [{ numeric: [">"] }] }],
  [{ a: [{ cidr: "10.0.0.0" }] }],
  [{ a: [{ wildcard: "a**b" }] }],
  [{ $or: [{ a: ["x"] }] }],
])("the pattern %j is refused, as by EventBridge", (pattern) => {
  expect(() => matchesPattern(pattern, {})).toThrow(PatternError);
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
