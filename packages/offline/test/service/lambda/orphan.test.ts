import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { eachLine } from "../../../src/ground/lines.ts";
import { alive } from "../../../src/ground/process.ts";

/** A process in a process group of its own, as a terminal starts one, with a worker that is busy. */
async function startParent() {
  const parent = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", path.join(import.meta.dirname, "parent.ts")],
    { detached: true, stdio: ["ignore", "pipe", "inherit"] },
  );
  const group = -(parent.pid ?? 0);
  onTestFinished(() => {
    if (parent.exitCode === null && parent.signalCode === null) process.kill(group, "SIGKILL");
  });
  const lines: string[] = [];
  eachLine(parent.stdout, (line) => lines.push(line));
  await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(1);
  return { parent, group, lines, worker: Number(lines[0]) };
}

test("a worker ends when its parent is killed, also in the middle of a loop without end", async () => {
  const { parent, worker } = await startParent();
  expect(alive(worker)).toBe(true);

  parent.kill("SIGKILL");
  await once(parent, "exit");

  await expect.poll(() => alive(worker), { timeout: 10_000 }).toBe(false);
});

test("Ctrl-C, which a terminal sends to all, does not end a worker before its parent says so", async () => {
  const { parent, group, lines, worker } = await startParent();

  for (const times of [1, 2, 3, 4, 5]) {
    process.kill(group, "SIGINT");
    await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(1 + times);
  }
  expect(lines.slice(1)).toEqual(Array.from({ length: 5 }, () => "interrupted"));
  expect(alive(worker)).toBe(true);

  parent.kill("SIGKILL");
  await expect.poll(() => alive(worker), { timeout: 10_000 }).toBe(false);
});
