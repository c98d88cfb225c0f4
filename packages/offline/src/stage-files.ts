import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";

import { OfflineError } from "./error.ts";

/** What a running stack tells others about itself, in `.offline/<stage>/stack.json`. */
export interface StackFile {
  pid: number;
  endpoint: string;
  /** Opens the stack's control commands. */
  token: string;
  /** What `sst shell` would set: bindings, credentials, region; and where the services are. */
  env: Record<string, string>;
}

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

/** The stage's secret, from which its access keys are derived; made when it is first asked for. */
export function stageSecret(root: string, stage: string): string {
  const file = path.join(stageFolder(root, stage), "secret");
  if (!fs.existsSync(file)) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, crypto.randomBytes(32).toString("hex"), { mode: 0o600 });
  }
  return fs.readFileSync(file, "utf8");
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Sends a control command to a running stack. @throws when it does not answer, or refuses. */
export async function control(
  stack: StackFile,
  command: string,
  input?: unknown,
): Promise<unknown> {
  const response = await fetch(`${stack.endpoint}/_offline/${command}`, {
    method: "POST",
    headers: { "x-offline-token": stack.token },
    body: input === undefined ? "" : JSON.stringify(input),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${command}: ${JSON.stringify(answer)}`);
  return answer;
}

/** @returns the stack that runs for this stage, if one does. */
export async function runningStack(root: string, stage: string): Promise<StackFile | undefined> {
  const file = stackFile(root, stage);
  if (!fs.existsSync(file)) return undefined;
  const stack = JSON.parse(fs.readFileSync(file, "utf8")) as StackFile;
  if (!alive(stack.pid)) return undefined;
  // The process id may belong to another program by now: only the stack knows its token.
  return control(stack, "ping").then(
    () => stack,
    () => undefined,
  );
}

/** @throws OfflineError `stage.running` when another process runs this stage. */
export async function refuseSecondStack(root: string, stage: string): Promise<void> {
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
