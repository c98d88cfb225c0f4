// Runs a command with the bindings of a stage. Of `sst shell`, where `--stage` names one of AWS; of `offline shell`
// where none is named; and those in the environment where somebody has set them already.
import { spawn } from "node:child_process";
import os from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../../..");

/** `--stage x` or `--stage=x`, wherever it stands before `--`; the rest is the command. */
function takeStage(words: string[]): { stage: string | undefined; command: string[] } {
  const end = words.includes("--") ? words.indexOf("--") : words.length;
  const at = words.findIndex(
    (word, index) => index < end && (word === "--stage" || word.startsWith("--stage=")),
  );
  if (at < 0) return { stage: undefined, command: words };
  const joined = words[at] !== "--stage";
  const stage = joined ? words[at]?.slice("--stage=".length) : words[at + 1];
  return { stage: stage ?? "", command: words.toSpliced(at, joined ? 1 : 2) };
}

/** What only explains itself needs no stage, and should not wait for one. */
function explains(command: string[]): boolean {
  const [first, ...others] = command.slice(
    command.findIndex((word) => word.endsWith("main.ts")) + 1,
  );
  return first === undefined || first === "completion" || [first, ...others].some(isHelp);
}

const isHelp = (word: string) => word === "--help" || word === "-h";

function wrapped(): string[] {
  const { stage, command } = takeStage(process.argv.slice(2));
  if (stage !== undefined && !/^[a-z0-9][a-z0-9-]*$/i.test(stage)) {
    process.stderr.write(
      "--stage needs the name of a stage: letters, digits and hyphens, a letter or digit first\n",
    );
    process.exit(2);
  }
  if (process.env["SST_RESOURCE_App"] !== undefined || explains(command)) return command;
  if (stage !== undefined) {
    return [path.join(root, "node_modules/.bin/sst"), "shell", "--stage", stage, "--", ...command];
  }
  const offline = path.join(root, "packages/offline/src/main.ts");
  return [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    offline,
    "shell",
    "--",
    ...command,
  ];
}

const [program = "", ...args] = wrapped();
const child = spawn(program, args, { cwd: root, stdio: "inherit" });
// The terminal sends Ctrl-C to both; the command decides how it ends, and is waited for.
process.on("SIGINT", () => undefined);
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
child.once("error", (error) => {
  throw error;
});
child.once("exit", (code, signal) => {
  process.exit(signal === null ? (code ?? 1) : 128 + os.constants.signals[signal]);
});
