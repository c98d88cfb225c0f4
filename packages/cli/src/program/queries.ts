import { DEFAULT_RECENT } from "@waybill/core/limits";
import { type Command, Option } from "commander";

import { collect, costOption, jsonLinesOption, jsonOption, parseSize } from "../options.ts";
import { command, limitOption, paragraphs } from "./define.ts";

const TIMES =
  "A time is an age (90min, 2h, 7d, 4w), today, yesterday, or ISO 8601 (2026-11-23, 2026-11-23T06:24:02Z). " +
  "All times, including those in the output, are in UTC.";

const ARRIVAL =
  "A file arrives with the event of its creation: an upload in parts when it completes, although its lastModified " +
  "is when it was started.";

export function get(): Command {
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
      (await import("../command/get.ts")).getFile(key, options),
    );
}

export function ls(): Command {
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
      (await import("../command/ls.ts")).listFiles(prefix, options),
    );
}

export function recent(): Command {
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
    .action(async (options) => (await import("../command/recent.ts")).showRecent(options));
}

export function find(): Command {
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
      (await import("../command/find.ts")).findFiles(prefix, options),
    );
}

export function duplicates(): Command {
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
      (await import("../command/duplicates.ts")).showDuplicates(key, options),
    );
}

export function stats(): Command {
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
      (await import("../command/stats.ts")).showStats(prefix, options),
    );
}
