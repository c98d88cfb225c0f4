import type { Command } from "commander";

import { jsonLinesOption, jsonOption } from "../options.ts";
import { command, paragraphs } from "./define.ts";

const PASS =
  "The bucket is listed and compared with the catalog in the order of keys. An object that is less than a minute old, " +
  "or that is gone, gets three seconds for its event to arrive. User metadata and tags are not compared, because a " +
  "listing does not contain them. An interrupted command says with which --after it continues.";

const PASS_NEEDS =
  "The caller needs s3:ListBucket and s3:GetObject on the bucket, and dynamodb:Query and dynamodb:GetItem on the " +
  "catalog; to repair and to record how far the catalog is complete, dynamodb:UpdateItem. In a stage that records " +
  "tags, it also needs s3:GetObjectTagging.";

export function verify(): Command {
  return passCommand("verify", "Compare the bucket with the catalog, and list the differences.", [
    ["verify", "everything"],
    ["verify photos/ --jsonl", "only keys that begin with photos/, for a program"],
  ])
    .option("--last", "show as of when the catalog is known to be complete, and do not compare")
    .addHelpText(
      "after",
      paragraphs(
        "Exit codes: 0 equal, 1 there are differences, or the command failed.",
        PASS,
        PASS_NEEDS,
      ),
    )
    .action(async (prefix = "", options) =>
      (await import("../command/reconcile.ts")).verify(prefix, options),
    );
}

export function repair(): Command {
  return passCommand("repair", "Compare the bucket with the catalog, and repair the differences.", [
    ["repair", "everything"],
    ["repair logs/ --dry-run", "what would be repaired; the same as verify logs/"],
  ])
    .option("--dry-run", "do not write; list what would be repaired")
    .addHelpText("after", paragraphs(REPAIRS, PASS, PASS_NEEDS))
    .action(async (prefix = "", options) =>
      (await import("../command/reconcile.ts")).repair(prefix, options),
    );
}

export function backfill(): Command {
  return passCommand("backfill", "Record the objects that were in the bucket before the catalog.", [
    ["backfill", "everything"],
    ["backfill --dry-run", "the objects that would be recorded, and the cost so far"],
    ["backfill --after photos/z.jpg", "continue an interrupted command"],
  ])
    .option("--dry-run", "do not write; list what would be recorded")
    .addHelpText(
      "after",
      paragraphs(
        "The same as repair, without the list of what was done. Where the catalog has no records, it is not read.",
        REPAIRS,
        PASS,
        PASS_NEEDS,
      ),
    )
    .action(async (prefix = "", options) =>
      (await import("../command/reconcile.ts")).backfill(prefix, options),
    );
}

const REPAIRS =
  "Each object that differs is read again, and its record becomes what S3 says, unless an event has changed it first. " +
  "Exit codes: 0 all differences are repaired, 1 some could not be, or the command failed.";

function passCommand(name: string, description: string, examples: readonly [string, string][]) {
  return command(name, description, examples)
    .argument("[prefix]", "include only keys that begin with it")
    .option("--after <key>", "start after this key")
    .addOption(jsonOption())
    .addOption(jsonLinesOption());
}
