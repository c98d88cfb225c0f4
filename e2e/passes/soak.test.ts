import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { root } from "../stack.ts";

const run = promisify(execFile);

test("one more pass makes bucket and catalog equal after a tenth of the events was lost", async () => {
  const main = path.join(root, "e2e/soak/main.ts");
  const options = ["--events=2000", "--seed=2", "--lose=10", "--json"];
  const { stdout } = await run(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", main, ...options],
    { cwd: root },
  );
  const some = expect.toSatisfy((count: number) => count > 0) as number;
  expect(JSON.parse(stdout)).toMatchObject({
    losses: [],
    unfinished: [],
    comparison: { differences: 0, examples: [] },
    // Without these, it proves nothing.
    injected: { faults: { dropped: some }, stacksKilled: 1 },
    passes: { completed: some, killed: some, repaired: some },
  });
});
