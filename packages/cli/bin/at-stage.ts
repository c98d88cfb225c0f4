// Runs a command with the bindings of a stage: from `sst shell` with `--stage`, from `offline shell` without it, or
// those that are already in the environment.
import { spawn, type StdioOptions } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";

const root = path.resolve(import.meta.dirname, "../../..");

const FAILED = 1;
const USAGE = 2;
const INTERRUPTED = 130;

/** Signals that only this process receives; the terminal sends SIGINT to the command as well. */
const FORWARDED = ["SIGTERM", "SIGHUP"] as const;

/** Removes `--stage x` or `--stage=x`, anywhere before `--`, from the arguments; the rest is the command. */
function takeStage(args: string[]): { stage: string | undefined; command: string[] } {
  const end = endOfOptions(args);
  const at = args.findIndex(
    (arg, index) => index < end && (arg === "--stage" || arg.startsWith("--stage=")),
  );
  if (at < 0) return { stage: undefined, command: args };
  const joined = args[at] !== "--stage";
  const stage = joined ? args[at]?.slice("--stage=".length) : args[at + 1];
  return { stage: stage ?? "", command: args.toSpliced(at, joined ? 1 : 2) };
}

const endOfOptions = (args: string[]) => (args.includes("--") ? args.indexOf("--") : args.length);

/** Whether the command only prints help, which needs no stage. */
function printsHelp(command: string[]): boolean {
  const args = command.slice(command.findIndex((word) => word.endsWith("main.ts")) + 1);
  return (
    args.length === 0 ||
    args.slice(0, endOfOptions(args)).some((arg) => arg === "--help" || arg === "-h")
  );
}

type Environment = NodeJS.ProcessEnv;

/** Runs a command until it exits, and forwards signals to it. */
async function run(
  [program = "", ...args]: string[],
  env: Environment,
  stdio: StdioOptions = "inherit",
): Promise<{ code: number; stdout: string }> {
  const child = spawn(program, args, { cwd: root, env, stdio });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      resolve(signal === null ? (code ?? FAILED) : 128 + os.constants.signals[signal]),
    );
  });
  const [code, stdout] = await Promise.all([ended, child.stdout ? text(child.stdout) : ""]);
  for (const signal of FORWARDED) process.off(signal, forward);
  return { code, stdout };
}

/**
 * Returns the environment that `sst shell` gives to a command. It does not run the command itself, because `sst shell`
 * replaces any failed exit code with 1.
 */
async function environmentOf(stage: string): Promise<Environment> {
  if (process.stderr.isTTY) process.stderr.write(`Reading the stage ${stage} with SST ...\n`);
  const sst = path.join(root, "node_modules/.bin/sst");
  const print = [process.execPath, "--print", "JSON.stringify(process.env)"];
  const { code, stdout } = await run(
    [sst, "shell", "--stage", stage, "--", ...print],
    process.env,
    ["inherit", "pipe", "inherit"],
  );
  if (interrupted) process.exit(INTERRUPTED);
  if (code !== 0) {
    process.stderr.write(
      `Could not read the stage ${stage} with SST. If it is not deployed, run \`${runner()} run deploy --stage ${stage}\`.\n`,
    );
    process.exit(FAILED);
  }
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Environment;
}

/** Returns the command that runs scripts on a machine with only Node and npm. */
function runner(): string {
  const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    readonly packageManager: string;
  };
  return `npx --yes ${manifest.packageManager}`;
}

let interrupted = false;
// The terminal sends Ctrl-C to both processes: the command decides how to end.
process.on("SIGINT", () => (interrupted = true));

const { stage, command } = takeStage(process.argv.slice(2));
if (stage !== undefined && !/^[a-z0-9][a-z0-9-]*$/i.test(stage)) {
  process.stderr.write(
    "--stage requires a stage name: letters, digits and hyphens, starting with a letter or digit\n",
  );
  process.exit(USAGE);
}
const offline = [
  process.execPath,
  "--disable-warning=ExperimentalWarning",
  path.join(root, "packages/offline/src/main.ts"),
  "shell",
  "--",
];
const bound = process.env["SST_RESOURCE_App"] !== undefined || printsHelp(command);
const wrapped = bound || stage !== undefined ? command : [...offline, ...command];
const env = bound || stage === undefined ? process.env : await environmentOf(stage);
process.exit((await run(wrapped, env)).code);
