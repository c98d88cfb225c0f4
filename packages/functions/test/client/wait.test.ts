import { expect, test } from "vitest";

import { waitAfter } from "../../src/client/wait.ts";

test("a client that is told to wait waits for at least as long", () => {
  expect(waitAfter(1, 1, () => 0)).toBe(1000);
  expect(waitAfter(1, 1, () => 0.5)).toBe(1100);
});

test("a client waits for longer with each attempt", () => {
  expect([1, 2, 3].map((attempts) => waitAfter(attempts, undefined, () => 0.5))).toEqual([
    100, 200, 400,
  ]);
});

test("a client is not kept waiting for ever", () => {
  expect(waitAfter(1, 999_999, () => 0)).toBe(10_000);
});
