// A process that builds a function, prints the processes that help it, and then does not answer them any more.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

import { buildFunction } from "../../../src/service/lambda/build.ts";
import { platformOf } from "../../../src/synth/platform.ts";

const [root = ""] = process.argv.slice(2);
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
  `${execFileSync("pgrep", ["-P", String(process.pid)])
    .toString()
    .trim()}\n`,
);
// Longer than esbuild waits between two of the questions by which it finds out whether anybody is there.
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
