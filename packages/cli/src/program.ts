import { Command } from "commander";

import { jsonLinesOption, jsonOption } from "./options.ts";
import { dead } from "./program/dead.ts";
import { command, HELP, paragraphs } from "./program/define.ts";
import { backfill, repair, verify } from "./program/passes.ts";
import { reconcile } from "./program/reconcile.ts";
import { duplicates, find, get, ls, recent, stats } from "./program/queries.ts";

const EXIT_CODES = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 130 interrupted.";

const OUTPUT =
  "Control and invisible characters in names are shown as JSON escapes. Use --json or --jsonl in programs. " +
  "Output on a terminal is colored unless NO_COLOR is set; with FORCE_COLOR=1 it is colored everywhere.";

/** Creates the command line of `waybill`. It loads the code of a command when that command runs, to start fast. */
export function createProgram(): Command {
  const program = new Command("waybill")
    .configureHelp(HELP)
    .description("Query the catalog of the files in the bucket, and compare it with the bucket.")
    .option("--stage <name>", "query this stage on AWS instead of the app that runs offline")
    .option("--debug", "print the stack trace of an error")
    .helpCommand(false)
    .addHelpText("after", paragraphs(EXIT_CODES, OUTPUT));
  const commands = [
    get(),
    ls(),
    recent(),
    find(),
    duplicates(),
    stats(),
    verify(),
    repair(),
    backfill(),
    reconcile(),
    dead(),
    status(),
    doctor(),
  ];
  for (const sub of commands) program.addCommand(sub);
  return program;
}

function doctor(): Command {
  return command("doctor", "Check the stage, with the fix of each problem.", [
    ["doctor", "of the app that runs offline"],
    ["doctor --stage production", "of a stage on AWS"],
  ])
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addHelpText(
      "after",
      paragraphs(
        "Checks the way of the events, dead letters, alarms and who receives them, recovery, the last comparison with " +
          "the bucket, and the versions of records. It only reads. Exit codes: 0 no problem, 1 there is one, or the " +
          "command failed.",
      ),
    )
    .action(async (options) => (await import("./command/doctor.ts")).examineStage(options));
}

function status(): Command {
  return command("status", "Show the queues, dead letters and metrics of the stage.", [
    ["status", "of the app that runs offline"],
    ["status --stage production", "of a stage on AWS"],
  ])
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .action(async (options) => (await import("./command/status.ts")).showStatus(options));
}
