import { inspect } from "node:util";

import { type Command, CommanderError } from "commander";

import { FAILED, INTERRUPTED, USAGE } from "./exit.ts";
import { explain } from "./explain.ts";
import { interrupt } from "./interrupt.ts";
import { createProgram } from "./program.ts";
import { note } from "./terminal/output.ts";
import { endProgress } from "./terminal/progress.ts";
import { escaped, safe } from "./terminal/text.ts";

const CLEAR_LINE = "\r\u001b[2K";

/** Runs a command line and sets the exit code of the process. */
export async function run(argv: readonly string[]): Promise<void> {
  // A reader that needs no more, such as head, closes the pipe.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      if (stream === process.stdout) reportFailure(error, false);
      process.exit(FAILED);
    });
  }
  process.on("SIGINT", () => {
    if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE);
    if (!interrupt()) process.exit(INTERRUPTED);
  });

  const program = createProgram();
  prepare(program, "waybill");
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE;
    else reportFailure(error, program.opts()["debug"] === true);
  }
}

/** Makes a command and its subcommands throw instead of ending the process, and refer to their help. */
function prepare(command: Command, path: string): void {
  command
    .exitOverride()
    .showHelpAfterError(`Run \`${path} --help\` for details.`)
    .configureOutput({ outputError: (text, write) => write(usageError(text)) });
  for (const sub of command.commands) prepare(sub, `${path} ${sub.name()}`);
}

/** Escapes commander's messages, which repeat the command line. */
const usageError = (text: string) =>
  text
    .replace(/^error: /, "waybill: ")
    .split("\n")
    .map(safe)
    .join("\n");

function reportFailure(error: unknown, debug: boolean): void {
  endProgress();
  const { message, code, advice, exitCode } = explain(error);
  note(`waybill: ${escaped(message)}${code === undefined ? "" : ` (${code})`}`);
  if (advice !== undefined) note(`  ${advice}`);
  if (debug) note(inspect(error));
  process.exitCode = exitCode;
}
