#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import path from "node:path";

import { Command, InvalidArgumentError } from "commander";

import type { DevOptions } from "./command/dev.ts";
import type { SecretOptions } from "./command/secret.ts";
import type { ShellOptions } from "./command/shell.ts";
import type { SstOptions } from "./command/sst.ts";
import type { SynthOptions } from "./command/synth.ts";
import { isUserError } from "./ground/error.ts";
import { printableLines } from "./ground/print.ts";
import { DEFAULT_STAGE } from "./stack/stage-files.ts";

const root = process.cwd();

/** The options that commander passes: a flag that is not set is undefined. */
type Given<Options> = Omit<Options, "root" | "json" | "types"> & {
  json?: boolean;
  types?: boolean;
};

function numberBetween(min: number, max: number) {
  return (text: string): number => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

// A command loads its code when it runs, so that `shell` starts at once if the stage is running.
const program = new Command("offline")
  .description("Run the SST app in this folder without an AWS account.")
  .showHelpAfterError();

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--stage <name>", "stage name; each stage has its own data", DEFAULT_STAGE);
}

/** Adds the options of commands that run a stack. */
function withStackOptions(sub: Command): Command {
  return sub
    .option(
      "--retry-seconds <n>",
      "seconds until a failed message is received again (on AWS: its queue's visibility timeout)",
      numberBetween(0, 43_200),
      5,
    )
    .option("--workers <n>", "maximum number of processes per function", numberBetween(1, 64), 4);
}

/** Adds the options of commands that run a stack until Ctrl-C. */
function withDevOptions(sub: Command): Command {
  return withStackOptions(sub)
    .option(
      "--port <n>",
      "port on 127.0.0.1; 0 selects a free port",
      numberBetween(0, 65_535),
      4599,
    )
    .option("--no-polling", "do not poll queues")
    .option("--json", "print events as JSON lines");
}

withDevOptions(command("dev", "Run the app until Ctrl-C, like sst dev.")).action(
  async ({ json = false, ...options }: Given<DevOptions>) => {
    const { dev } = await import("./command/dev.ts");
    await dev({ ...options, json, root });
  },
);

withDevOptions(command("aws", "Run an offline AWS until Ctrl-C, for the commands of SST.")).action(
  async ({ json = false, ...options }: Given<DevOptions>) => {
    const { aws } = await import("./command/aws.ts");
    await aws({ ...options, json, root });
  },
);

withStackOptions(program.command("sst"))
  .description("Run a command of SST against the offline AWS of its stage.")
  .option("--stage <name>", "stage name, if the arguments of sst do not name one")
  .argument("[arguments...]", "the arguments of sst, after --")
  .action(async (args: string[], options: Omit<SstOptions, "root">) => {
    const { sst } = await import("./command/sst.ts");
    process.exitCode = await sst({ ...options, root }, args);
  });

command("env", "Print the variables of a running stage, for your own shell.").action(
  async ({ stage }: { stage: string }) => {
    const { envCommands } = await import("./command/env.ts");
    process.stdout.write(await envCommands(root, stage));
  },
);

withStackOptions(command("shell", "Run a command with the bindings of the app, like sst shell."))
  .argument("[command...]", "the command and its arguments, after --; without it, your shell")
  .action(async (args: string[], options: Omit<ShellOptions, "root">) => {
    const { shell } = await import("./command/shell.ts");
    process.exitCode = await shell({ ...options, root }, args);
  });

command("synth", "List the resources that a deployment would create, like sst diff.")
  .option("--json", "print the whole graph as JSON")
  .option("--types", "update sst-env.d.ts")
  .action(async ({ json = false, types = false, stage }: Given<SynthOptions>) => {
    const { synth } = await import("./command/synth.ts");
    await synth({ root, stage, json, types });
  });

command("remove", "Delete the data of a stage, like sst remove.").action(
  async ({ stage }: { stage: string }) => {
    const { removeStage } = await import("./command/remove.ts");
    const removed = await removeStage(root, stage);
    const folder = path.join(".offline", stage);
    process.stdout.write(
      removed ? `Removed ${folder}.\n` : `Nothing to remove: ${folder} does not exist.\n`,
    );
  },
);

const secret = program
  .command("secret")
  .description("Set, list and remove the values of secrets, like sst secret.");

function secretCommand(usage: string, description: string): Command {
  return secret
    .command(usage)
    .description(description)
    .option("--stage <name>", "stage name", DEFAULT_STAGE)
    .option("--fallback", "the value of all stages without an own one");
}

type SecretFlags = Omit<SecretOptions, "root" | "fallback"> & { fallback?: boolean };
const secretOptions = ({ fallback = false, stage }: SecretFlags): SecretOptions => ({
  root,
  stage,
  fallback,
});

secretCommand("set <name> [value]", "Set a secret. Without a value, read it from stdin.").action(
  async (name: string, value: string | undefined, flags: SecretFlags) => {
    const { secretSet } = await import("./command/secret.ts");
    await secretSet(secretOptions(flags), name, value);
  },
);

secretCommand("list", "List the names of secrets.").action(async (flags: SecretFlags) => {
  const { secretList } = await import("./command/secret.ts");
  secretList(secretOptions(flags));
});

secretCommand("remove <name>", "Remove a secret.").action(
  async (name: string, flags: SecretFlags) => {
    const { secretRemove } = await import("./command/secret.ts");
    await secretRemove(secretOptions(flags), name);
  },
);

try {
  await program.parseAsync();
} catch (error) {
  if (!isUserError(error)) throw error;
  process.stderr.write(`offline: ${printableLines(error.message)}\n`);
  process.exitCode = 1;
}
