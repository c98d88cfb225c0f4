import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Behaves as SST 3.19.3, which exits with 1 for every failed command, not with its exit code. */
const SST = `#!/usr/bin/env bash
[ "$1 $2 $4" = "shell --stage --" ] || exit 9
stage=$3; shift 4
if [ "$stage" = missing ]; then
  echo "✕  Unexpected error occurred." >&2
  exit 1
fi
export SST_RESOURCE_App="{\\"name\\": \\"waybill\\", \\"stage\\": \\"$stage\\" }"
echo "  Updating dependencies..."
"$@" || { echo "✕  exit status $?" >&2; exit 1; }
`;

/** The command prints its arguments and exits with 3, or waits for a signal. */
const MAIN = `
if (process.argv[2] === "wait") {
  for (const signal of ["SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(4));
  setInterval(() => {}, 1000);
}
console.log(JSON.stringify({ args: process.argv.slice(2), app: process.env.SST_RESOURCE_App }));
process.exitCode = 3;
`;

let root: string;

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), "waybill-stage-"));
  for (const folder of ["packages/cli/bin", "node_modules/.bin"]) {
    mkdirSync(path.join(root, folder), { recursive: true });
  }
  const script = path.resolve(import.meta.dirname, "../bin/at-stage.ts");
  copyFileSync(script, path.join(root, "packages/cli/bin/at-stage.ts"));
  writeFileSync(path.join(root, "node_modules/.bin/sst"), SST, { mode: 0o755 });
  writeFileSync(path.join(root, "main.ts"), MAIN);
  writeFileSync(path.join(root, "package.json"), '{"type":"module","packageManager":"pnpm@1.2.3"}');
});

afterAll(() => rmSync(root, { recursive: true }));

function start(args: string[], env: Record<string, string> = {}) {
  const script = path.join(root, "packages/cli/bin/at-stage.ts");
  return spawn(process.execPath, [script, process.execPath, "main.ts", ...args], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function atStage(...args: string[]) {
  const child = start(args);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

const APP = '{"name": "waybill", "stage": "alice" }';

test("runs the command with the bindings of the stage, its arguments and its own exit code", async () => {
  const { code, stdout, stderr } = await atStage("get", "a b", "", "--stage", "alice", "-v");
  expect(JSON.parse(stdout)).toEqual({ args: ["get", "a b", "", "-v"], app: APP });
  expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
});

test("accepts --stage=alice, and ignores options after --", async () => {
  const { stdout } = await atStage("ls", "--stage=alice", "--", "--stage", "--help");
  expect(JSON.parse(stdout)).toEqual({ args: ["ls", "--", "--stage", "--help"], app: APP });
});

test("exits with 1 without running the command if SST cannot read the stage", async () => {
  const { code, stdout, stderr } = await atStage("ls", "--stage", "missing");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("run `npx --yes pnpm@1.2.3 run deploy --stage missing`");
});

test.each([
  ["no value", ["--stage"]],
  ["an option as its value", ["--stage", "--json"]],
  ["an invalid name", ["--stage=a;b"]],
  ["a path", ["--stage=../x"]],
  ["an empty value", ["--stage="]],
])("exits with 2 for --stage with %s", async (_, args) => {
  const { code, stderr } = await atStage("ls", ...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^--stage requires a stage name/);
});

test("prints help without reading the stage", async () => {
  const { stdout } = await atStage("ls", "--help", "--stage", "missing");
  expect(JSON.parse(stdout)).toEqual({ args: ["ls", "--help"] });
});

test.each(["SIGTERM", "SIGHUP"] as const)("forwards %s", async (signal) => {
  const child = start(["wait"], { SST_RESOURCE_App: APP });
  await once(child.stdout, "data");
  child.kill(signal);
  await once(child, "exit");
  expect(child.exitCode).toBe(4);
});
