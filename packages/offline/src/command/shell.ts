import { spawn } from "node:child_process";
import os from "node:os";

import { OfflineError } from "../ground/error.ts";
import { printableLines } from "../ground/print.ts";
import { checkStage, runningStack } from "../stack/stage-files.ts";

export interface ShellOptions {
  root: string;
  stage: string;
  retrySeconds: number;
  workers: number;
}

/** What would lead an AWS SDK elsewhere than to the stack, or `Resource` to another stage. */
const FOREIGN =
  /^(?:AWS_(?:(?:DEFAULT_)?PROFILE|SESSION_TOKEN|SECURITY_TOKEN|CREDENTIAL_EXPIRATION|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_.+|ENDPOINT_URL_.+|IGNORE_CONFIGURED_ENDPOINT_URLS|USE_(?:FIPS|DUALSTACK)_ENDPOINT|S3_.+)|SST_RESOURCE_.+|SST_RESOURCES_JSON|SST_KEY|SST_KEY_FILE)$/;

/**
 * Runs a command with the bindings of a stage, as `sst shell` does: of the stack that runs, or else of one that is
 * started for as long as the command takes.
 * @returns the command's exit code.
 * @throws OfflineError `shell.no_command` when there is no such command.
 */
export async function shell(options: ShellOptions, command: string[]): Promise<number> {
  checkStage(options.stage);
  const running = await runningStack(options.root, options.stage);
  if (running) return run(command, running.env);
  process.stderr.write(`No stack of "${options.stage}" runs: starting one for this command ...\n`);
  const { startStack } = await import("../stack/stack.ts");
  const stack = await startStack({
    ...options,
    port: 0,
    polling: true,
    onEvent: (event) => {
      if (event.type === "problem") process.stderr.write(`${printableLines(event.message)}\n`);
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
    Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)),
  );
  const child = spawn(command, args, { stdio: "inherit", env: { ...inherited, ...bound } });
  // The terminal sends Ctrl-C to both; the command decides when to end.
  const wait = () => undefined;
  process.on("SIGINT", wait);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise<number>((resolve, reject) => {
    child.once("error", (cause) =>
      reject(
        new OfflineError("shell.no_command", `"${command}" cannot be run: ${cause.message}.`, {
          cause,
        }),
      ),
    );
    child.once("exit", (code, signal) =>
      resolve(signal === null ? (code ?? 1) : 128 + os.constants.signals[signal]),
    );
  });
}
