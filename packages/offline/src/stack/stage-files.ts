import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

import * as z from "zod";

import { OfflineError } from "../ground/error.ts";
import { alive } from "../ground/process.ts";

const StackFile = z.object({
  pid: z.int().positive(),
  endpoint: z.string(),
  token: z.string(),
  env: z.record(z.string(), z.string()),
});

/** What a running stack tells others about itself, in `.offline/<stage>/stack.json`. */
export interface StackFile {
  pid: number;
  endpoint: string;
  /** Opens the stack's control commands. */
  token: string;
  /** What `sst shell` would set: bindings, credentials, region; and where the services are. */
  env: Record<string, string>;
}

/** A stack that does not answer for so long does not run, whatever has its process id and its port now. */
const PING_MILLISECONDS = 10_000;

/** The stage of whoever names none. */
export const DEFAULT_STAGE = "offline";

/** Where a stage keeps everything. */
export const stageFolder = (root: string, stage: string) => path.join(root, ".offline", stage);

const stackFile = (root: string, stage: string) =>
  path.join(stageFolder(root, stage), "stack.json");

/** @throws OfflineError `stage.invalid`: the name becomes part of AWS names and of a path. */
export function checkStage(stage: string): void {
  if (!/^[a-z0-9][a-z0-9-]{0,19}$/i.test(stage)) {
    throw new OfflineError(
      "stage.invalid",
      `"${stage}" cannot be a stage: use 1 to 20 letters, digits and hyphens, a letter or digit first.`,
    );
  }
}

/**
 * The stage's secret, from which its access keys are derived; made when it is first asked for. The folder, with all that
 * the stage keeps, is for its owner only.
 */
export function stageSecret(root: string, stage: string): string {
  const folder = stageFolder(root, stage);
  const file = path.join(folder, "secret");
  fs.mkdirSync(folder, { recursive: true });
  fs.chmodSync(folder, 0o700);
  if (!fs.existsSync(file)) {
    // Whole or not at all: from a part of it other keys would follow than from the rest.
    const made = `${file}.${process.pid}`;
    fs.writeFileSync(made, randomBytes(32).toString("hex"), { mode: 0o600 });
    fs.renameSync(made, file);
  }
  return fs.readFileSync(file, "utf8");
}

/** @returns the stack that runs for this stage, if one does. */
export async function runningStack(root: string, stage: string): Promise<StackFile | undefined> {
  const stack = readStackFile(stackFile(root, stage));
  if (!stack || !alive(stack.pid)) return undefined;
  // The process id may belong to another program by now, and the port as well: only the stack knows its token.
  const answers = await fetch(`${stack.endpoint}/_offline/ping`, {
    method: "POST",
    headers: { "x-offline-token": stack.token },
    redirect: "error",
    signal: AbortSignal.timeout(PING_MILLISECONDS),
  }).then(
    ({ ok }) => ok,
    () => false,
  );
  return answers ? stack : undefined;
}

/** @returns nothing where there is none, or what was written by hand or by another version. */
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

/** @throws OfflineError `stage.running` when another process runs this stage. */
export async function checkNotRunning(root: string, stage: string): Promise<void> {
  const stack = await runningStack(root, stage);
  if (stack) {
    throw new OfflineError(
      "stage.running",
      `the stage "${stage}" runs already, as process ${stack.pid} at ${stack.endpoint}. ` +
        "Stop it first, or choose another stage with --stage.",
    );
  }
}

/** Tells others that this process runs the stage; the file is for its owner only, since it holds keys. */
export function announce(root: string, stage: string, stack: StackFile): void {
  const file = stackFile(root, stage);
  fs.writeFileSync(`${file}.new`, JSON.stringify(stack, null, 2), { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
}

export function withdraw(root: string, stage: string): void {
  fs.rmSync(stackFile(root, stage), { force: true });
}
