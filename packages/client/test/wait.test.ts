import { expect, test } from "vitest";

import { waitAfter } from "../src/wait.ts";

test("waits at least as long as Retry-After", () => {
  expect(waitAfter(1, 1, () => 0)).toBe(1000);
  expect(waitAfter(1, 1, () => 0.5)).toBe(1100);
});

test("waits longer with each attempt", () => {
  expect([1, 2, 3].map((attempts) => waitAfter(attempts, undefined, () => 0.5))).toEqual([
    100, 200, 400,
  ]);
});

test("waits for at most ten seconds plus backoff", () => {
  expect(waitAfter(1, 999_999, () => 0)).toBe(10_000);
});
