import path from "node:path";

import { Command, InvalidArgumentError } from "commander";

import type { DevOptions } from "./command/dev.ts";
import type { ShellOptions } from "./command/shell.ts";
import { isForPeople } from "./ground/error.ts";
import { printableLines } from "./ground/print.ts";
import { DEFAULT_STAGE } from "./stack/stage-files.ts";

const root = process.cwd();

function numberBetween(min: number, max: number) {
  return (text: string): number => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < min || number > max) {
      throw new InvalidArgumentError(`it must be a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

// What a command needs is loaded when it runs: `shell` in a running stack must start at once.
const program = new Command("offline")
  .description("Runs the SST app of this folder with no AWS account.")
  .showHelpAfterError();

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--stage <name>", "the stage, apart from all others", DEFAULT_STAGE);
}

function running(sub: Command): Command {
  return sub
    .option(
      "--retry-seconds <n>",
      "how soon a failed message comes back; on AWS, after its queue's visibility timeout",
      numberBetween(0, 43_200),
      5,
    )
    .option("--workers <n>", "at most so many processes for one function", numberBetween(1, 64), 4);
}

running(command("dev", "Run the app until Ctrl-C (compare: sst dev)."))
  .option(
    "--port <n>",
    "the port on 127.0.0.1; 0 takes any that is free",
    numberBetween(0, 65_535),
    4599,
  )
  .option("--no-polling", "leave messages in their queues")
  .option("--json", "print events as JSON lines", false)
  .action(async (options: Omit<DevOptions, "root">) => {
    const { dev } = await import("./command/dev.ts");
    await dev({ ...options, root });
  });

running(command("shell", "Run a command with the bindings of the app (compare: sst shell)."))
  .argument("[command...]", "after --, the command and its arguments")
  .action(async (args: string[], options: Omit<ShellOptions, "root">) => {
    const { shell } = await import("./command/shell.ts");
    process.exitCode = await shell({ ...options, root }, args);
  });

command("synth", "Evaluate sst.config.ts and list what it would create (compare: sst diff).")
  .option("--json", "print the whole graph as JSON", false)
  .option("--types", "write sst-env.d.ts from it", false)
  .action(async (options: { stage: string; json: boolean; types: boolean }) => {
    const { synth } = await import("./command/synth.ts");
    await synth({ ...options, root });
  });

command("remove", "Delete all that a stage has kept (compare: sst remove).").action(
  async ({ stage }: { stage: string }) => {
    const { removeStage } = await import("./command/remove.ts");
    const removed = await removeStage(root, stage);
    const folder = path.join(".offline", stage);
    process.stdout.write(removed ? `removed ${folder}\n` : `there is no ${folder}\n`);
  },
);

try {
  await program.parseAsync();
} catch (error) {
  if (!isForPeople(error)) throw error;
  process.stderr.write(`offline: ${printableLines(error.message)}\n`);
  process.exitCode = 1;
}
