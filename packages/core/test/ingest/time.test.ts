import { expect, test } from "vitest";

import { timeToWork } from "../../src/ingest/time.ts";

test.each([
  ["five seconds of a minute", 60_000, 55_000],
  ["a quarter of what is short", 8, 6],
  ["all of what is over", -3, 0],
])("to report what was not done, a batch keeps back %s", (_, remaining, work) => {
  expect(timeToWork(remaining)).toBe(work);
});
