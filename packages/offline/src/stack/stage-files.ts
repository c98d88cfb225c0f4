import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

import * as z from "zod";

import { writeAtomically } from "../ground/atomic-file.ts";
import { OfflineError } from "../ground/error.ts";
import { alive } from "../ground/process.ts";

/** The contents of `.offline/<stage>/stack.json`, from which other processes find a running stack. */
const StackFile = z.object({
  pid: z.int().positive(),
  endpoint: z.string(),
  /** Authorizes control commands. */
  token: z.string(),
  /** The environment of a program that uses this stack: what `sst shell` sets, and the endpoint. */
  env: z.record(z.string(), z.string()),
});
export type StackFile = z.output<typeof StackFile>;

/** A stack that does not respond in this time is not running. */
const PING_MILLISECONDS = 10_000;

/** The stage of a command without `--stage`. */
export const DEFAULT_STAGE = "offline";

/** The folder with all data of a stage. */
export const stageFolder = (root: string, stage: string) => path.join(root, ".offline", stage);

const stackFile = (root: string, stage: string) =>
  path.join(stageFolder(root, stage), "stack.json");

/**
 * Throws `OfflineError` (`stage.invalid`) for a name that cannot be part of AWS names and of a
 * path.
 */
export function checkStage(stage: string): void {
  if (!/^[a-z0-9][a-z0-9-]{0,19}$/i.test(stage)) {
    throw new OfflineError(
      "stage.invalid",
      `"${stage}" is not a valid stage name: use 1 to 20 letters, digits and hyphens, and begin with a letter or digit.`,
    );
  }
}

/**
 * Returns the secret from which the access keys of a stage are derived. Creates it when a stage
 * first starts. Only the current user can read the folder of the stage.
 */
export function stageSecret(root: string, stage: string): string {
  const folder = stageFolder(root, stage);
  const file = path.join(folder, "secret");
  fs.mkdirSync(folder, { recursive: true });
  fs.chmodSync(folder, 0o700);
  if (!fs.existsSync(file)) {
    // A rename is atomic. A partly written secret would lead to different keys.
    const temporary = `${file}.${process.pid}`;
    fs.writeFileSync(temporary, randomBytes(32).toString("hex"), { mode: 0o600 });
    fs.renameSync(temporary, file);
  }
  return fs.readFileSync(file, "utf8");
}

/** Returns the running stack of a stage, or undefined. */
export async function runningStack(root: string, stage: string): Promise<StackFile | undefined> {
  const stack = readStackFile(stackFile(root, stage));
  if (!stack || !alive(stack.pid)) return undefined;
  // Another program may have the process id or the port by now. Only the stack accepts the token.
  const responds = await fetch(`${stack.endpoint}/_offline/ping`, {
    method: "POST",
    headers: { "x-offline-token": stack.token },
    redirect: "error",
    signal: AbortSignal.timeout(PING_MILLISECONDS),
  }).then(
    ({ ok }) => ok,
    () => false,
  );
  return responds ? stack : undefined;
}

/** Returns undefined if the file does not exist or is not valid. */
function readStackFile(file: string): StackFile | undefined {
  try {
    return StackFile.safeParse(JSON.parse(fs.readFileSync(file, "utf8"))).data;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** Throws `OfflineError` (`stage.running`) if another process runs the stage. */
export async function checkNotRunning(root: string, stage: string): Promise<void> {
  const stack = await runningStack(root, stage);
  if (stack) {
    throw new OfflineError(
      "stage.running",
      `the stage "${stage}" is already running (process ${stack.pid}, ${stack.endpoint}). ` +
        "Stop it, or choose another stage with --stage.",
    );
  }
}

/**
 * Lets other processes find this stack. Only the current user can read the file, which contains
 * keys.
 */
export function writeStackFile(root: string, stage: string, stack: StackFile): void {
  writeAtomically(stackFile(root, stage), JSON.stringify(stack, null, 2));
}

export function removeStackFile(root: string, stage: string): void {
  fs.rmSync(stackFile(root, stage), { force: true });
}
