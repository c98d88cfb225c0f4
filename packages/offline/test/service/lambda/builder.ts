// Builds a function, prints the ids of its child processes, and blocks when esbuild pings it.
import childProcess, { type ChildProcess } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

import { buildFunction } from "../../../src/service/lambda/build.ts";
import { platformOf } from "../../../src/synth/platform.ts";

const [root = ""] = process.argv.slice(2);
const children: ChildProcess[] = [];
const { spawn } = childProcess;
childProcess.spawn = ((...args: Parameters<typeof spawn>) => {
  const child = spawn(...args);
  children.push(child);
  return child;
}) as typeof spawn;
fs.writeFileSync(path.join(root, "one.ts"), "export const handler = () => 1;");
const platform = platformOf(path.resolve(import.meta.dirname, "../../../../.."));
const fn = { id: "Fn", handler: "one.handler", runtime: "nodejs22.x", nodejs: {} };
await buildFunction(
  { root, platform, out: path.join(root, "out") },
  { ...fn, architecture: "arm64", links: {} },
  () => undefined,
);
fs.writeSync(
  1,
  `${childProcess
    .execFileSync("pgrep", ["-P", String(process.pid)])
    .toString()
    .trim()}\n`,
);
// esbuild pings its parent once a second. The first ping gets no response.
for (const { stdout } of children) {
  stdout?.prependOnceListener("data", () => {
    fs.writeSync(1, "pinged\n");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
  });
}
