import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { expect, test } from "vitest";

const script = path.resolve(import.meta.dirname, "../bin/at-stage.ts");

/** Runs a command at the stage that is bound already. */
function atStage(words: string[]) {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", script, ...words],
    {
      env: { ...process.env, SST_RESOURCE_App: '{"name":"app","stage":"bound"}' },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  const ended = once(child, "close").then(([code]: unknown[]) => code);
  return { child, said, ended };
}

test("a command that is bound already runs as it is, and its exit code is passed on", async () => {
  const { said, ended } = atStage([
    process.execPath,
    "-e",
    "console.log(process.env.SST_RESOURCE_App, ...process.argv.slice(1)); process.exit(7)",
    "--",
    "--stage",
    "own",
  ]);

  expect(await ended).toBe(7);
  expect(said.stdout).toBe('{"name":"app","stage":"bound"} --stage own\n');
});

test.each(["SIGTERM", "SIGHUP"] as const)("%s is passed on", async (signal) => {
  const wait = `process.once("${signal}", () => process.exit(4)); console.log("up"); setInterval(() => {}, 1000);`;
  const { child, said, ended } = atStage([process.execPath, "-e", wait]);
  await expect.poll(() => said.stdout, { timeout: 5000 }).toBe("up\n");
  child.kill(signal);

  expect(await ended).toBe(4);
});

test.each(["", "../x", "-x", "a b", "a\n"])("%j cannot be a stage", async (stage) => {
  const { said, ended } = atStage([`--stage=${stage}`, "true"]);

  expect(await ended).toBe(2);
  expect(said.stderr).toMatch(/^--stage needs the name of a stage/);
});
