import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import { expect, test } from "vitest";

const run = promisify(execFile);
const main = path.join(import.meta.dirname, "main.ts");
const EVENTS = 2000;

test(`bucket and catalog agree after ${EVENTS} events, faults, kills and a redrive`, async () => {
  const { stdout } = await run(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", main, `--events=${EVENTS}`, "--seed=1", "--json"],
    { cwd: path.resolve(import.meta.dirname, "../..") },
  );

  const report: unknown = JSON.parse(stdout);
  expect(report).toMatchObject({
    losses: [],
    unfinished: [],
    comparison: { differences: 0, examples: [] },
    injected: { stacksKilled: 1 },
  });
  // A soak without faults proves nothing.
  expect(report).toMatchObject({
    traffic: { events: expect.toSatisfy((events: number) => events >= EVENTS) },
    injected: {
      workersKilled: expect.toSatisfy(isSome),
      faults: {
        throttle: expect.toSatisfy(isSome),
        error: expect.toSatisfy(isSome),
        reset: expect.toSatisfy(isSome),
        lost: expect.toSatisfy(isSome),
        duplicated: expect.toSatisfy(isSome),
        delayed: expect.toSatisfy(isSome),
      },
    },
    function: { outcomes: { stale: expect.toSatisfy(isSome), failed: expect.toSatisfy(isSome) } },
    deadLetters: { redriven: expect.toSatisfy(isSome) },
  });
});

const isSome = (count: number) => count > 0;
