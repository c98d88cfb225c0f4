import { MAX_PASS_CONCURRENCY } from "@waybill/core/limits";
import { type Command, Option } from "commander";

import { jsonLinesOption, jsonOption, parseCount } from "../options.ts";
import { command, paragraphs } from "./define.ts";

/** `waybill reconcile`: passes that run in the account of the stage, not on this machine. */
export function reconcile(): Command {
  const start = withFormat(
    command("start", "Start a pass over the bucket.", [
      ["reconcile start", "compare everything, and repair the differences"],
      ["reconcile start logs/ --dry-run --wait", "only count the differences below logs/"],
    ]),
  )
    .argument("[prefix]", "include only keys that begin with it")
    .option("--dry-run", "do not write; count the differences")
    .addOption(
      new Option(
        "--concurrency <n>",
        `ranges at the same time, 1 to ${MAX_PASS_CONCURRENCY} (default: 8)`,
      ).argParser(parseCount),
    )
    .option("--resume <pass>", "continue a pass that was stopped or that failed")
    .option("--wait", "show the progress until it ends")
    .action(async (prefix = "", options) => (await machine()).startReconcile(prefix, options));
  const status = withFormat(
    command("status", "Show the latest pass, or one pass.", [
      ["reconcile status", "the latest pass"],
      ["reconcile status --wait", "its progress, until it ends"],
    ]),
  )
    .argument("[pass]", "name of the pass, or a prefix of it")
    .option("--wait", "show the progress until it ends")
    .action(async (pass: string | undefined, options) =>
      (await machine()).showReconcile(pass, options),
    );
  const stop = withFormat(
    command("stop", "Stop a pass. It can be continued.", [["reconcile stop", "the latest pass"]]),
  )
    .argument("[pass]", "name of the pass, or a prefix of it")
    .action(async (pass: string | undefined, options) =>
      (await machine()).stopReconcile(pass, options),
    );
  const group = command("reconcile", "Compare and repair large buckets, in the account itself.", [
    ["reconcile start --wait", "a pass over everything"],
  ]).addHelpText(
    "after",
    paragraphs(
      "The same comparison as verify and repair, as a state machine with many functions at a time. It costs about " +
        "$0.02 per million objects. docs/reconcile.md has the details.",
    ),
  );
  return group.addCommand(start).addCommand(status).addCommand(stop);
}

const machine = () => import("../command/reconcile-machine.ts");

const withFormat = (defined: Command) =>
  defined.addOption(jsonOption()).addOption(jsonLinesOption());
