import { DEFAULT_RECENT, MAX_REDRIVE_RATE } from "@waybill/core/limits";
import { Command, Option } from "commander";

import {
  collect,
  costOption,
  jsonLinesOption,
  jsonOption,
  parseCount,
  parseSize,
} from "./options.ts";
import { fields } from "./terminal/fields.ts";
import { windowWidth, wrap } from "./terminal/width.ts";

const TIMES =
  "A time is an age (90min, 2h, 7d, 4w), today, yesterday, or ISO 8601 (2026-11-23, 2026-11-23T06:24:02Z). " +
  "All times, including those in the output, are in UTC.";

const ARRIVAL =
  "A file arrives with the event of its creation: an upload in parts when it completes, although its lastModified " +
  "is when it was started.";

const EXIT_CODES = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 130 interrupted.";

const OUTPUT =
  "Control and invisible characters in names are shown as JSON escapes. Use --json or --jsonl in programs. " +
  "Output on a terminal is colored unless NO_COLOR is set; with FORCE_COLOR=1 it is colored everywhere.";

/** Commander's default does not wrap help in windows narrower than 40 columns. */
const HELP = { minWidthToWrap: 20 };

/** Creates the command line of `waybill`. It loads the code of a command when that command runs, to start fast. */
export function createProgram(): Command {
  const program = new Command("waybill")
    .configureHelp(HELP)
    .description("Query the catalog of the files in the bucket.")
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
    dead(),
    status(),
  ];
  for (const sub of commands) program.addCommand(sub);
  return program;
}

/** Creates a command with examples, each of a command line and its effect. */
function command(name: string, description: string, examples: readonly [string, string][]) {
  const rows = examples.map(([line, effect]) => [`  waybill ${line}`, effect] as const);
  return new Command(name)
    .configureHelp(HELP)
    .description(description)
    .helpCommand(false)
    .addHelpText("after", () => `\nExamples:\n${fields(rows).trimEnd()}`);
}

/** Paragraphs below the help of a command, of the same width. */
const paragraphs =
  (...texts: readonly string[]) =>
  (): string =>
    texts.map((text) => `\n${wrap(text, windowWidth() ?? 80).join("\n")}`).join("\n");

const limitOption = (description: string) =>
  new Option("--limit <n>", description).argParser(parseCount);

function get(): Command {
  return command("get", "Show the record of one object.", [
    ["get README.md", "everything that the catalog records about it"],
    ["get 'my photos/ü.jpg' --json", "the same for a program"],
    ["get old.txt --deleted", "when it was deleted"],
  ])
    .argument("<key>", "object key, exactly as in the bucket")
    .option("--deleted", "show the tombstone if the object was deleted")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addOption(costOption())
    .action(async (key: string, options) =>
      (await import("./command/get.ts")).getFile(key, options),
    );
}

function ls(): Command {
  return command("ls", "List files in key order, as S3 does.", [
    ["ls", "all files"],
    ["ls photos/ --folders", "files and folders in photos/"],
    ["ls photos/2026 --limit 20", "the first 20 files whose keys begin with photos/2026"],
    ["ls --jsonl | jq -r .key", "all keys"],
  ])
    .argument("[prefix]", "include only keys that begin with it")
    .option("--folders", "group keys by folder; short for --delimiter /")
    .addOption(
      new Option("--delimiter <text>", "group keys up to this text after the prefix").conflicts(
        "folders",
      ),
    )
    .option("--start-after <key>", "start after this key")
    .addOption(limitOption("maximum number of entries (default: all)"))
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addOption(costOption())
    .action(async (prefix = "", options) =>
      (await import("./command/ls.ts")).listFiles(prefix, options),
    );
}

function recent(): Command {
  return command("recent", "List files by time of arrival, latest first.", [
    ["recent", `the ${DEFAULT_RECENT} latest files of the last year`],
    ["recent --since 2h --limit 1000", "files that arrived in the last two hours"],
    ["recent --since 2026-11 --until 2026-12", "the latest files of November"],
  ])
    .option(
      "--since <time>",
      "include files that arrived at this time or later (default: 1 year before --until)",
    )
    .option("--until <time>", "include files that arrived before this time (default: now)")
    .addOption(limitOption("maximum number of files").default(DEFAULT_RECENT))
    .option("--start-after <key>", "continue after this file; requires --start-after-time")
    .option("--start-after-time <time>", "time at which the file of --start-after arrived")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addOption(costOption())
    .addHelpText("after", paragraphs(ARRIVAL, TIMES))
    .action(async (options) => (await import("./command/recent.ts")).showRecent(options));
}

function find(): Command {
  return command("find", "Find files that match all of the given conditions.", [
    ["find --name '*.jpg' --min-size 10MB", "large pictures"],
    ["find logs/ --since 7d --type text/*", "text files of the last week in logs/"],
    ["find --meta owner=ann --jsonl", "files with this user metadata"],
    ["find --by ann@example.com --since today", "files that this session uploaded or changed"],
    ["find --state deleted --by 192.0.2.7", "files that were deleted from this address"],
    ["find --state unreadable", "objects that S3 did not describe"],
  ])
    .argument("[prefix]", "include only keys that begin with it")
    .option(
      "--name <pattern>",
      "match the file name, or the whole key if the pattern has a slash; * is any text, ? one character",
    )
    .option("--type <type>", "match the media type, such as image/png or image/*")
    .addOption(
      new Option("--min-size <size>", "minimum size, such as 500, 10MB or 1.5GiB").argParser(
        parseSize,
      ),
    )
    .addOption(new Option("--max-size <size>", "maximum size").argParser(parseSize))
    .option("--since <time>", "include files that arrived at this time or later")
    .option("--until <time>", "include files that arrived before this time")
    .option(
      "--by <who>",
      "match who made the latest change: principal, session, address or request",
    )
    .addOption(
      new Option("--meta <name=value>", "match user metadata; can be repeated").argParser(collect),
    )
    .addOption(
      new Option(
        "--tag <name=value>",
        "match an S3 tag, in a stage that records tags; can be repeated",
      ).argParser(collect),
    )
    .addOption(
      new Option("--state <state>", "match the state; by default all except deleted").choices([
        "present",
        "unreadable",
        "deleted",
      ]),
    )
    .addOption(limitOption("maximum number of files (default: all)"))
    .option("--start-after <key>", "continue after this file")
    .option("--start-after-time <time>", "time at which the file of --start-after arrived")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addOption(costOption())
    .addHelpText(
      "after",
      paragraphs(
        ARRIVAL,
        "With --state deleted, --since and --until are about the deletion.",
        "--by matches the latest event of a file: exactly its principal, the part of the principal after the last " +
          "colon (the name of a role session, or the ID of an IAM user), its source IP address or its request ID. " +
          "`waybill get` shows them.",
        TIMES,
        "With --since, the command reads the index by time; with a prefix, the keys that begin with it; with both, " +
          "whichever is smaller. With neither, it reads the whole table.",
      ),
    )
    .action(async (prefix = "", options) =>
      (await import("./command/find.ts")).findFiles(prefix, options),
    );
}

function duplicates(): Command {
  return command("duplicates", "Find files with the same content.", [
    ["duplicates photos/a.jpg", "this file and its copies"],
    ["duplicates --content crc64nvme:moKNAtbQBxo=:48213", "files with this checksum and size"],
    [
      "duplicates --etag 6c4a7f9eb4966bfd75394d71df619cc4",
      "files that are identified by this ETag",
    ],
  ])
    .argument("[key]", "file to compare with")
    .option("--content <identity>", "content to compare with, as this command prints it")
    .option("--etag <etag>", "ETag to compare with; for files that are identified by their ETag")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addOption(costOption())
    .addHelpText(
      "after",
      paragraphs(
        "A content is identified by the CRC64NVME checksum that S3 has of the full object, and by the size. Files " +
          "without this checksum are identified by their ETag, which also depends on the parts of the upload and on " +
          "the encryption. Empty files are never duplicates.",
        "Checksums and ETags do not resist a forger: compare files from untrusted writers before you delete one.",
      ),
    )
    .action(async (key: string | undefined, options) =>
      (await import("./command/duplicates.ts")).showDuplicates(key, options),
    );
}

function stats(): Command {
  return command("stats", "Count files and sum up their sizes, by group.", [
    ["stats", "by media type"],
    ["stats --by folder", "the largest folders"],
    ["stats logs/ --by day --limit 7", "the last seven days of logs/"],
  ])
    .argument("[prefix]", "include only keys that begin with it")
    .addOption(
      new Option("--by <group>", "group files by")
        .choices(["type", "day", "folder"])
        .default("type"),
    )
    .addOption(limitOption("maximum number of groups; the others are summed up").default(20))
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addOption(costOption())
    .action(async (prefix = "", options) =>
      (await import("./command/stats.ts")).showStats(prefix, options),
    );
}

const PASS =
  "The bucket is listed and compared with the catalog in the order of keys. An object that is less than a minute old, " +
  "or that is gone, gets three seconds for its event to arrive. User metadata and tags are not compared, because a " +
  "listing does not contain them. An interrupted command says with which --after it continues.";

const PASS_NEEDS =
  "The caller needs s3:ListBucket and s3:GetObject on the bucket, and dynamodb:Query and dynamodb:GetItem on the " +
  "catalog; to write, also dynamodb:UpdateItem.";

function verify(): Command {
  return passCommand("verify", "Compare the bucket with the catalog, and list the differences.", [
    ["verify", "everything"],
    ["verify photos/ --jsonl", "only keys that begin with photos/, for a program"],
  ])
    .addHelpText(
      "after",
      paragraphs(
        "Exit codes: 0 equal, 1 there are differences, or the command failed.",
        PASS,
        PASS_NEEDS,
      ),
    )
    .action(async (prefix = "", options) =>
      (await import("./command/reconcile.ts")).verify(prefix, options),
    );
}

function repair(): Command {
  return passCommand("repair", "Compare the bucket with the catalog, and repair the differences.", [
    ["repair", "everything"],
    ["repair logs/ --dry-run", "what would be repaired; the same as verify logs/"],
  ])
    .option("--dry-run", "do not write; list what would be repaired")
    .addHelpText("after", paragraphs(REPAIRS, PASS, PASS_NEEDS))
    .action(async (prefix = "", options) =>
      (await import("./command/reconcile.ts")).repair(prefix, options),
    );
}

function backfill(): Command {
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
      (await import("./command/reconcile.ts")).backfill(prefix, options),
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

function dead(): Command {
  const list = command("list", "List dead letters without removing them.", [
    ["dead list", "failed events, and why they failed"],
    ["dead list --limit 500 --jsonl", "the same for a program"],
  ])
    .addOption(limitOption("maximum number of dead letters").default(50))
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .action(async (options) => (await import("./command/dead.ts")).listDead(options));

  const show = command("show", "Show one dead letter and its body.", [
    ["dead show 0b3f1c1e", "the event that S3 sent, and why it failed"],
  ])
    .argument("<message>", "message ID, or a unique prefix of it")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .action(async (id: string, options) =>
      (await import("./command/dead-show.ts")).showDead(id, options),
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
      (await import("./command/dead-redrive.ts")).redriveDead(ids, options),
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
      (await import("./command/dead-drop.ts")).dropDead(ids, options),
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

function status(): Command {
  return command("status", "Show the queues, dead letters and metrics of the stage.", [
    ["status", "of the app that runs offline"],
    ["status --stage production", "of a stage on AWS"],
  ])
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .action(async (options) => (await import("./command/status.ts")).showStatus(options));
}
