import { spawn } from "node:child_process";
import os from "node:os";

import { printable } from "../print.ts";
import { runningStack } from "../stage-files.ts";

export interface ShellOptions {
  root: string;
  stage: string;
  retrySeconds: number;
  workers: number;
}

/** What would lead an AWS SDK elsewhere than to the stack. */
const FOREIGN = new Set([
  "AWS_PROFILE",
  "AWS_SESSION_TOKEN",
  "AWS_ENDPOINT_URL_S3",
  "AWS_ENDPOINT_URL_SQS",
  "AWS_ENDPOINT_URL_DYNAMODB",
]);

/**
 * Runs a command with the bindings of a stage, as `sst shell` does: of the stack that runs, or else of one that is
 * started for as long as the command takes.
 * @returns the command's exit code.
 */
export async function shell(options: ShellOptions, command: string[]): Promise<number> {
  const running = await runningStack(options.root, options.stage);
  if (running) return run(command, running.env);
  const { startStack } = await import("../stack.ts");
  const stack = await startStack({
    ...options,
    port: 0,
    polling: true,
    onEvent: (event) => {
      if (event.type === "problem") process.stderr.write(`${printable(event.message)}\n`);
    },
  });
  try {
    return await run(command, stack.env);
  } finally {
    await stack.close();
  }
}

function run(
  [command = process.env["SHELL"] ?? "sh", ...args]: string[],
  bound: Record<string, string>,
) {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !FOREIGN.has(name)),
  );
  const child = spawn(command, args, { stdio: "inherit", env: { ...inherited, ...bound } });
  // The terminal sends Ctrl-C to both; the command decides when to end.
  const wait = () => undefined;
  process.on("SIGINT", wait);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      resolve(signal === null ? (code ?? 1) : 128 + os.constants.signals[signal]),
    );
  });
}
