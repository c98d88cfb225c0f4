// Runs a command with the bindings of a stage: those of `sst shell`, where `--stage` names one of AWS; those of
// `offline shell`, where none is named; and those in the environment, where somebody has set them already.
import { spawn, type StdioOptions } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";

const root = path.resolve(import.meta.dirname, "../../..");

const FAILED = 1;
const USAGE = 2;
const INTERRUPTED = 130;

/** Sent to this process only, unlike Ctrl-C. */
const PASSED_ON = ["SIGTERM", "SIGHUP"] as const;

/** `--stage x` or `--stage=x`, wherever it stands before `--`; the rest is the command. */
function takeStage(words: string[]): { stage: string | undefined; command: string[] } {
  const end = endOfOptions(words);
  const at = words.findIndex(
    (word, index) => index < end && (word === "--stage" || word.startsWith("--stage=")),
  );
  if (at < 0) return { stage: undefined, command: words };
  const joined = words[at] !== "--stage";
  const stage = joined ? words[at]?.slice("--stage=".length) : words[at + 1];
  return { stage: stage ?? "", command: words.toSpliced(at, joined ? 1 : 2) };
}

const endOfOptions = (words: string[]) =>
  words.includes("--") ? words.indexOf("--") : words.length;

/** What only explains itself needs no stage, and should not wait for one. */
function explains(command: string[]): boolean {
  const typed = command.slice(command.findIndex((word) => word.endsWith("main.ts")) + 1);
  const [first] = typed;
  return (
    first === undefined ||
    first === "completion" ||
    typed.slice(0, endOfOptions(typed)).some((word) => word === "--help" || word === "-h")
  );
}

type Environment = NodeJS.ProcessEnv;

/** Runs a command to its end, whatever signals come. */
async function run(
  [program = "", ...args]: string[],
  env: Environment,
  stdio: StdioOptions = "inherit",
): Promise<{ code: number; stdout: string }> {
  const child = spawn(program, args, { cwd: root, env, stdio });
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of PASSED_ON) process.on(signal, passOn);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      resolve(signal === null ? (code ?? FAILED) : 128 + os.constants.signals[signal]),
    );
  });
  const [code, stdout] = await Promise.all([ended, child.stdout ? text(child.stdout) : ""]);
  for (const signal of PASSED_ON) process.off(signal, passOn);
  return { code, stdout };
}

/**
 * The environment that `sst shell` gives a command. The command itself is not run by it: whatever a command ends
 * with, `sst shell` ends with 1.
 */
async function environmentOf(stage: string): Promise<Environment> {
  if (process.stderr.isTTY) process.stderr.write(`Asking SST for stage ${stage} ...\n`);
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
      `SST does not give out stage ${stage}. If it is not deployed, \`pnpm run deploy --stage ${stage}\` deploys it.\n`,
    );
    process.exit(FAILED);
  }
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Environment;
}

let interrupted = false;
// The terminal sends Ctrl-C to both; the command decides how it ends, and is waited for.
process.on("SIGINT", () => (interrupted = true));

const { stage, command } = takeStage(process.argv.slice(2));
if (stage !== undefined && !/^[a-z0-9][a-z0-9-]*$/i.test(stage)) {
  process.stderr.write(
    "--stage needs the name of a stage: letters, digits and hyphens, a letter or digit first\n",
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
const bound = process.env["SST_RESOURCE_App"] !== undefined || explains(command);
const wrapped = bound || stage !== undefined ? command : [...offline, ...command];
const env = bound || stage === undefined ? process.env : await environmentOf(stage);
process.exit((await run(wrapped, env)).code);
