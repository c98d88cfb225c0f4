// Deploys Waybill itself with the real `sst` to an offline AWS, runs the integration suite with its bindings through
// `sst shell`, and removes the stage. Arguments are passed on to vitest.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

import { offlineCommand, root } from "../stack.ts";

const stage = "sst-shell";

/** Runs `sst <args>`, and returns its exit code. */
function sst(...args: string[]): number {
  const command = offlineCommand("sst", "--retry-seconds=0", "--", ...args);
  const { status, error } = spawnSync(process.execPath, command, { cwd: root, stdio: "inherit" });
  if (error) throw error;
  return status ?? 1;
}

// A run that was killed leaves its data.
fs.rmSync(path.join(root, ".offline", stage), { recursive: true, force: true });
const file = path.join(root, "sst-env.d.ts");
const types = fs.readFileSync(file, "utf8");
const isDeployed = sst("deploy", "--stage", stage) === 0;
const hasSameTypes = fs.readFileSync(file, "utf8") === types;
if (!hasSameTypes) process.stderr.write("sst deploy writes another sst-env.d.ts than offline.\n");
const vitest = ["vitest", "run", "--project", "integration", ...process.argv.slice(2)];
const hasPassed =
  isDeployed &&
  sst("diff", "--stage", stage) === 0 &&
  sst("shell", "--stage", stage, "--", ...vitest) === 0;
const isRemoved = sst("remove", "--stage", stage) === 0;
// `sst remove` writes types without any resource.
fs.writeFileSync(file, types);
if (hasPassed && isRemoved) fs.rmSync(path.join(root, ".offline", stage), { recursive: true });
process.exit(hasPassed && isRemoved && hasSameTypes ? 0 : 1);
