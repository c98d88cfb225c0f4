import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { eachLine } from "../../../src/ground/lines.ts";
import { alive } from "../../../src/ground/process.ts";

/** Starts a process with a busy worker, in its own process group, as a terminal does. */
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

test("a worker in an endless loop ends when its parent is killed", async () => {
  const { parent, worker } = await startParent();
  expect(alive(worker)).toBe(true);

  parent.kill("SIGKILL");
  await once(parent, "exit");

  await expect.poll(() => alive(worker), { timeout: 10_000 }).toBe(false);
});

test("Ctrl-C in the terminal does not end a worker", async () => {
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
