import { spawn } from "node:child_process";
import os from "node:os";

import { OfflineError } from "./error.ts";

/**
 * Runs a command in this terminal until it ends. Returns its exit code. Throws `OfflineError`
 * (`shell.no_command`) if it cannot be started.
 */
export function runCommand(
  [command = "", ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(command, args, { stdio: "inherit", env });
  // The terminal sends Ctrl-C to both processes. The command decides when to end.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise<number>((resolve, reject) => {
    child.once("error", (cause) =>
      reject(
        new OfflineError("shell.no_command", `could not start "${command}": ${cause.message}`, {
          cause,
        }),
      ),
    );
    child.once("exit", (code, signal) =>
      resolve(signal === null ? (code ?? 1) : 128 + os.constants.signals[signal]),
    );
  });
}
