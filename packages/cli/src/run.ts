import { inspect } from "node:util";

import { type Command, CommanderError } from "commander";

import { FAILED, INTERRUPTED, USAGE } from "./exit.ts";
import { explain } from "./explain.ts";
import { waybill } from "./program.ts";
import { note } from "./terminal/output.ts";
import { endProgress } from "./terminal/progress.ts";
import { escaped, safe } from "./terminal/text.ts";

const CLEAR_LINE = "\r\u001b[2K";

/** Runs what was typed, and sets what the process ends with. */
export async function run(argv: readonly string[]): Promise<void> {
  // A reader that has seen enough, such as head, closes the pipe.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      if (stream === process.stdout) fail(error, false);
      process.exit(FAILED);
    });
  }
  process.on("SIGINT", () => {
    if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE);
    process.exit(INTERRUPTED);
  });

  const program = waybill();
  prepare(program, "waybill");
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE;
    else fail(error, program.opts()["debug"] === true);
  }
}

/** Has a command, and all below it, throw instead of ending the process, and point to its help. */
function prepare(command: Command, path: string): void {
  command
    .exitOverride()
    .showHelpAfterError(`(\`${path} --help\` tells more)`)
    .configureOutput({ outputError: (text, write) => write(complaint(text)) });
  for (const sub of command.commands) prepare(sub, `${path} ${sub.name()}`);
}

/** What commander says of the command line, which it repeats. */
const complaint = (text: string) =>
  text
    .replace(/^error: /, "waybill: ")
    .split("\n")
    .map(safe)
    .join("\n");

function fail(error: unknown, debug: boolean): void {
  endProgress();
  const { message, code, advice, exitCode } = explain(error);
  note(`waybill: ${escaped(message)}${code === undefined ? "" : ` (${code})`}`);
  if (advice !== undefined) note(`  ${advice}`);
  if (debug) note(inspect(error));
  process.exitCode = exitCode;
}
