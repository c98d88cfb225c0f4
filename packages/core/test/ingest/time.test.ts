import { expect, test } from "vitest";

import { timeToWork } from "../../src/ingest/time.ts";

test.each([
  ["5 s of a minute", 60_000, 55_000],
  ["a quarter of a short time", 8, 6],
  ["everything after the deadline", -3, 0],
])("a batch reserves %s for reporting unfinished events", (_, remaining, work) => {
  expect(timeToWork(remaining)).toBe(work);
});
