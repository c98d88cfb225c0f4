import { MAX_REDRIVE_RATE } from "@waybill/core/limits";
import { type Command, Option } from "commander";

import { jsonLinesOption, jsonOption, parseCount } from "../options.ts";
import { command, limitOption, paragraphs } from "./define.ts";

export function dead(): Command {
  const list = command("list", "List dead letters without removing them.", [
    ["dead list", "failed events, and why they failed"],
    ["dead list --limit 500 --jsonl", "the same for a program"],
  ])
    .addOption(limitOption("maximum number of dead letters").default(50))
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .action(async (options) => (await import("../command/dead.ts")).listDead(options));

  const show = command("show", "Show one dead letter and its body.", [
    ["dead show 0b3f1c1e", "the event that S3 sent, and why it failed"],
  ])
    .argument("<message>", "message ID, or a unique prefix of it")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .action(async (id: string, options) =>
      (await import("../command/dead-show.ts")).showDead(id, options),
    );

  const redrive = command("redrive", "Send dead letters back to the event queue.", [
    ["dead redrive --wait", "send all, and wait for SQS to finish"],
    ["dead redrive --rate 5", "send 5 messages/s; SQS continues after the command exits"],
    ["dead redrive 0b3f1c1e 8a08eae7", "send only these"],
  ])
    .argument("[message...]", "message IDs, or unique prefixes of them; without one, all")
    .addOption(
      new Option(
        "--rate <n>",
        `messages per second, 1 to ${MAX_REDRIVE_RATE} (default: chosen by SQS)`,
      ).argParser(parseCount),
    )
    .option("--wait", "wait until SQS has finished, and show the progress")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .action(async (ids: string[], options) =>
      (await import("../command/dead-redrive.ts")).redriveDead(ids, options),
    );

  const drop = command("drop", "Delete dead letters that can never be processed.", [
    ["dead drop 0b3f1c1e", "print it, and delete it after a confirmation"],
    ["dead drop 0b3f1c1e --yes --json", "without a confirmation, for a program"],
  ])
    .argument("<message...>", "message IDs, or unique prefixes of them")
    .option("--yes", "do not ask for a confirmation")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addHelpText(
      "after",
      paragraphs(
        "The event of a dropped letter does not reach the catalog. Run `waybill verify` with its key as the prefix " +
          "to see whether the record is right, and `waybill repair` if it is not.",
      ),
    )
    .action(async (ids: string[], options) =>
      (await import("../command/dead-drop.ts")).dropDead(ids, options),
    );

  const group = command(
    "dead",
    "List events that could not be processed, send them back, or drop them.",
    [
      ["dead", "the same as dead list"],
      ["dead redrive --wait", "send all of them back"],
      ["dead drop 0b3f1c1e", "delete one"],
    ],
  );
  group.addCommand(list, { isDefault: true });
  return group.addCommand(show).addCommand(redrive).addCommand(drop);
}
