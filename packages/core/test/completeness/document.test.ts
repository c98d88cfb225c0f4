import { describe, expect, test } from "vitest";

import {
  completeAsOf,
  type EndedPass,
  NOTHING_KNOWN,
  withPass,
} from "../../src/completeness/document.ts";
import { at } from "../ingest/events.ts";

const pass = (prefix: string, second: number, more: Partial<EndedPass> = {}): EndedPass => ({
  prefix,
  after: "",
  asOf: at(second),
  endedAt: at(second + 1),
  objects: 1,
  found: { missing: 0, ghost: 0, different: 0, unreadable: 0 },
  isEqual: true,
  ...more,
});

const after = (...passes: EndedPass[]) => passes.reduce(withPass, NOTHING_KNOWN);

describe("the catalog is complete", () => {
  test("for all prefixes below a scope, as of the latest pass", () => {
    const known = after(pass("", 1), pass("logs/", 5));
    expect(completeAsOf(known, "logs/2026/")).toBe(at(5));
    expect(completeAsOf(known, "photos/")).toBe(at(1));
    // The scope does not contain all keys that begin with it.
    expect(completeAsOf(known, "log")).toBe(at(1));
    expect(completeAsOf(after(pass("logs/", 5)), "")).toBeUndefined();
  });

  test("not because of a pass that left differences", () => {
    expect(after(pass("", 1, { isEqual: false }))).toEqual(NOTHING_KNOWN);
  });

  test("not because of a pass that started in the middle", () => {
    expect(after(pass("", 1, { after: "k" }))).toEqual(NOTHING_KNOWN);
  });

  test("as of the first pass, if a second one continues it", () => {
    const known = after(pass("", 1, { to: "k" }), pass("", 9, { after: "k" }));
    expect(completeAsOf(known, "")).toBe(at(1));
    expect(known.open).toEqual([]);
  });

  test("not if the second pass leaves a gap", () => {
    const known = after(pass("", 1, { to: "k" }), pass("", 9, { after: "l" }));
    expect(completeAsOf(known, "")).toBeUndefined();
  });

  test("not if the second pass has another scope", () => {
    const known = after(pass("", 1, { to: "k" }), pass("k", 9, { after: "k" }));
    expect(known.complete).toEqual([]);
  });
});

test("a pass over a scope replaces earlier ones within it, but not later ones", () => {
  const known = after(pass("a/", 1), pass("b/", 9), pass("", 5));
  expect(known.complete.map(({ prefix }) => prefix)).toEqual(["b/", ""]);
});

test("the scopes of the latest passes are remembered, and no more than 50", () => {
  const known = after(...Array.from({ length: 60 }, (_, n) => pass(`${n}/`, n)));
  expect(known.complete).toHaveLength(50);
  expect(completeAsOf(known, "59/")).toBe(at(59));
  expect(completeAsOf(known, "9/")).toBeUndefined();
});
