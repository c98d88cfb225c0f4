import { Argument, Command, Option } from "commander";

import { type Shell, SHELLS } from "./completion/shells.ts";
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
  "Times are how long ago (90min, 2h, 7d, 4w), today, yesterday, or ISO 8601 (2026-11-23, 2026-11-23T06:24:02Z). " +
  "All of them, and all that is shown, are in UTC.";

const EXIT_CODES = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 130 interrupted.";

const NAMES =
  "Names are shown as JSON shows them where they hold what could fool a terminal or a reader; programs should ask " +
  "for --json or --jsonl. Colours are for terminals, unless NO_COLOR is set; FORCE_COLOR=1 shows them anywhere.";

/** Help is to fit a narrow window too. */
const HELP = { minWidthToWrap: 20 };

/** The command line of `waybill`. What a command does is loaded when it runs, so that it starts at once. */
export function waybill(): Command {
  const program = new Command("waybill")
    .configureHelp(HELP)
    .description("Ask the catalogue what the bucket holds.")
    .option("--stage <name>", "a stage of AWS; without it, the app that runs offline")
    .option("--debug", "show where an error comes from")
    .helpCommand(false)
    .addHelpText("after", paragraphs(EXIT_CODES, NAMES));
  for (const command of [
    get(),
    ls(),
    recent(),
    find(),
    duplicates(),
    stats(),
    dead(),
    status(),
    completion(program),
  ]) {
    program.addCommand(command);
  }
  return program;
}

/** A command with examples of it, each of what to type and what it does. */
function command(name: string, description: string, examples: readonly [string, string][]) {
  const rows = examples.map(([typed, does]) => [`  waybill ${typed}`, does] as const);
  return new Command(name)
    .configureHelp(HELP)
    .description(description)
    .helpCommand(false)
    .addHelpText("after", () => `\nExamples:\n${fields(rows).trimEnd()}`);
}

/** Texts below a command's help, as wide as the help above them. */
const paragraphs =
  (...texts: readonly string[]) =>
  (): string =>
    texts.map((text) => `\n${wrap(text, windowWidth() ?? 80).join("\n")}`).join("\n");

const limitOption = (description: string) =>
  new Option("--limit <n>", description).argParser(parseCount);

function get(): Command {
  return command("get", "Show the record of one object.", [
    ["get README.md", "what S3 knows of it, and since when"],
    ["get 'my photos/ü.jpg' --json", "the same for a program"],
    ["get old.txt --deleted", "when it was deleted"],
  ])
    .argument("<key>", "the object's key, as it is in the bucket")
    .option("--deleted", "show the tombstone of an object that is deleted")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addOption(costOption())
    .action(async (key: string, options) =>
      (await import("./command/get.ts")).getFile(key, options),
    );
}

function ls(): Command {
  return command("ls", "List files in the order of their keys, as S3 does.", [
    ["ls", "everything"],
    ["ls photos/ --folders", "files and folders in photos/"],
    ["ls photos/2026 --limit 20", "the first 20 whose keys begin so"],
    ["ls --jsonl | jq -r .key", "all keys"],
  ])
    .argument("[prefix]", "only keys that begin with it")
    .option("--folders", "show what is behind the next slash as one entry; short for --delimiter /")
    .addOption(
      new Option("--delimiter <text>", "the same for another text than a slash").conflicts(
        "folders",
      ),
    )
    .option("--start-after <key>", "begin after this key")
    .addOption(limitOption("at most so many entries; without it, all"))
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addOption(costOption())
    .action(async (prefix = "", options) =>
      (await import("./command/ls.ts")).listFiles(prefix, options),
    );
}

function recent(): Command {
  return command("recent", "Show what was last modified, the latest first.", [
    ["recent", "the 50 latest files of the last year"],
    ["recent --since 2h --limit 1000", "what came in the last two hours"],
    ["recent --since 2026-11 --until 2026-12", "the latest of November"],
  ])
    .option("--since <time>", "from this time on; without it, a year before --until")
    .option("--until <time>", "before this time; without it, now")
    .addOption(limitOption("at most so many files").default(50))
    .option("--start-after <key>", "go on after this file; needs --start-after-time")
    .option("--start-after-time <time>", "when the file to go on after was modified")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addOption(costOption())
    .addHelpText("after", paragraphs(TIMES))
    .action(async (options) => (await import("./command/recent.ts")).showRecent(options));
}

function find(): Command {
  return command("find", "Find files for which everything holds that is asked.", [
    ["find --name '*.jpg' --min-size 10MB", "large pictures"],
    ["find logs/ --since 7d --type text/*", "texts of the last week in logs/"],
    ["find --meta owner=ann --jsonl", "files with this user metadata"],
    ["find --state unreadable", "what S3 would not describe"],
  ])
    .argument("[prefix]", "only keys that begin with it")
    .option(
      "--name <pattern>",
      "* stands for any text, ? for one character; with a slash in it, for the whole key",
    )
    .option("--type <type>", "media type, as image/png or image/*")
    .addOption(new Option("--min-size <size>", "as 500, 10MB or 1.5GiB").argParser(parseSize))
    .addOption(new Option("--max-size <size>", "as --min-size").argParser(parseSize))
    .option("--since <time>", "last modified from this time on")
    .option("--until <time>", "last modified before this time")
    .addOption(
      new Option("--meta <name=value>", "user metadata; may be given again").argParser(collect),
    )
    .addOption(
      new Option("--state <state>", "without it, all but deleted ones").choices([
        "present",
        "unreadable",
        "deleted",
      ]),
    )
    .addOption(limitOption("at most so many files; without it, all"))
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addOption(costOption())
    .addHelpText(
      "after",
      paragraphs(
        TIMES,
        "It reads the index by time where --since is given and the keys of the prefix otherwise; where both are, " +
          "whichever is narrower. Without either it reads the whole table.",
      ),
    )
    .action(async (prefix = "", options) =>
      (await import("./command/find.ts")).findFiles(prefix, options),
    );
}

function duplicates(): Command {
  return command("duplicates", "Find the files of the same content as one.", [
    ["duplicates photos/a.jpg", "it and its copies"],
    ["duplicates --etag 6c4a7f9eb4966bfd75394d71df619cc4", "files of this ETag"],
  ])
    .argument("[key]", "the file")
    .option("--etag <etag>", "instead of a file, what S3 calls its content")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addOption(costOption())
    .addHelpText(
      "after",
      paragraphs(
        "The same ETag is the same content. The same content may have several ETags: it matters in which parts it " +
          "was uploaded, and how it is encrypted.",
      ),
    )
    .action(async (key: string | undefined, options) =>
      (await import("./command/duplicates.ts")).showDuplicates(key, options),
    );
}

function stats(): Command {
  return command("stats", "Count files and what they hold.", [
    ["stats", "by media type"],
    ["stats --by folder", "which folders hold most"],
    ["stats logs/ --by day --limit 7", "what the last seven days brought to logs/"],
  ])
    .argument("[prefix]", "only keys that begin with it")
    .addOption(
      new Option("--by <group>", "what to tell apart")
        .choices(["type", "day", "folder"])
        .default("type"),
    )
    .addOption(limitOption("at most so many groups; the others are summed up").default(20))
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .addOption(costOption())
    .action(async (prefix = "", options) =>
      (await import("./command/stats.ts")).showStats(prefix, options),
    );
}

function dead(): Command {
  const list = command("list", "List dead letters; they stay where they are.", [
    ["dead list", "what could not be processed, and why"],
    ["dead list --limit 500 --jsonl", "the same for a program"],
  ])
    .addOption(limitOption("look at so many at most").default(50))
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .action(async (options) => (await import("./command/dead.ts")).listDead(options));

  const show = command("show", "Show one dead letter and its body.", [
    ["dead show 0b3f1c1e", "what S3 sent, and why it was not processed"],
  ])
    .argument("<message>", "the message's id, or how it begins")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .action(async (id: string, options) =>
      (await import("./command/dead-show.ts")).showDead(id, options),
    );

  const redrive = command("redrive", "Send all dead letters back, to be processed again.", [
    ["dead redrive --wait", "until all are back"],
    ["dead redrive --rate 5", "five a second; SQS goes on for itself"],
  ])
    .addOption(new Option("--rate <n>", "messages a second, at most 500").argParser(parseCount))
    .option("--wait", "stay until it is done, and show how far it is")
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .action(async (options) => (await import("./command/dead-redrive.ts")).redriveDead(options));

  const group = command("dead", "Look at events that could not be processed, and send them back.", [
    ["dead", "lists them: short for dead list"],
    ["dead redrive --wait", "sends them back"],
  ]);
  group.addCommand(list, { isDefault: true });
  return group.addCommand(show).addCommand(redrive);
}

function status(): Command {
  return command("status", "Show how the stage is doing: queues, dead letters and metrics.", [
    ["status", "of the app that runs offline"],
    ["status --stage production", "of a stage of AWS"],
  ])
    .addOption(jsonOption())
    .addOption(jsonLinesOption())
    .action(async (options) => (await import("./command/status.ts")).showStatus(options));
}

function completion(program: Command): Command {
  return command("completion", "Print a script with which a shell completes what you type.", [
    ["completion bash", "to be read by source <(waybill completion bash)"],
    ["completion zsh", "to be read by source <(waybill completion zsh)"],
    ["completion fish", "to be read by waybill completion fish | source"],
  ])
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText(
      "after",
      paragraphs(
        "The command must be known to the shell by its name. In bash and zsh: " +
          'waybill() { pnpm --silent waybill "$@"; }. In fish: ' +
          "function waybill; pnpm --silent waybill $argv; end.",
      ),
    )
    .action(async (shell: Shell) => {
      const { completionScript } = await import("./completion/script.ts");
      process.stdout.write(completionScript(program, shell));
    });
}
