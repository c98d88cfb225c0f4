import fs from "node:fs";
import path from "node:path";

import { OfflineError } from "../ground/error.ts";
import { printableLines } from "../ground/print.ts";
import { runCommand } from "../ground/run-command.ts";
import { checkOrigin } from "../stack/deployments.ts";
import { checkStage, runningStack } from "../stack/stage-files.ts";
import { ensurePlatform } from "../synth/platform.ts";
import { sstEnvironment, WITHOUT_NETWORK } from "./sst-environment.ts";

export interface SstOptions {
  root: string;
  /** The stage, if the arguments do not name one. */
  stage: string | undefined;
  retrySeconds: number;
  workers: number;
}

/**
 * Runs SST's own CLI against the offline AWS of a stage. If the stage is not running, it runs until
 * the command ends. Returns the command's exit code. Throws `OfflineError` (`sst.no_stage`,
 * `stage.…`, `platform.…`).
 */
export async function sst(options: SstOptions, args: readonly string[]): Promise<number> {
  const { root } = options;
  await ensurePlatform(root);
  const program = [path.join(root, "node_modules", ".bin", "sst"), ...args];
  if (!needsStage(args)) return runCommand(program, { ...process.env, ...WITHOUT_NETWORK });
  const stage = stageOf(options, args);
  checkStage(stage);
  checkOrigin(root, stage, true);
  const run = (env: Record<string, string>) =>
    runCommand(program, { ...inherited(), ...sstEnvironment(root, stage, env) });
  const running = await runningStack(root, stage);
  if (running) return run(running.env);
  const { startStack } = await import("../stack/stack.ts");
  const stack = await startStack({
    ...options,
    stage,
    port: 0,
    polling: true,
    deployable: true,
    onEvent: (event) => {
      if (event.type === "problem") process.stderr.write(`${printableLines(event.message)}\n`);
    },
  });
  try {
    return await run(stack.env);
  } finally {
    await stack.close();
  }
}

/** The arguments of SST's CLI itself: those before the command that `sst shell` runs. */
const ownOf = (args: readonly string[]): readonly string[] =>
  args.includes("--") ? args.slice(0, args.indexOf("--")) : args;

/** Whether a command of SST's CLI uses AWS. */
function needsStage(args: readonly string[]): boolean {
  const [command = "help"] = args;
  return (
    !/^(?:help|version|init|upgrade|telemetry|-h|-v|--version)$/.test(command) &&
    !ownOf(args).includes("--help")
  );
}

/**
 * Returns the stage that SST's CLI would use: `--stage`, `SST_STAGE` or the personal stage of the
 * folder. It would ask for a name otherwise.
 */
function stageOf({ root, stage }: SstOptions, args: readonly string[]): string {
  const own = ownOf(args);
  const index = own.indexOf("--stage");
  const joined = own.find((arg) => arg.startsWith("--stage="))?.slice("--stage=".length);
  const named = joined ?? (index === -1 ? undefined : own[index + 1]);
  const file = path.join(root, ".sst", "stage");
  const personal = fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : undefined;
  const found = named ?? stage ?? process.env["SST_STAGE"] ?? personal;
  if (found !== undefined && found !== "") return found;
  throw new OfflineError("sst.no_stage", "name a stage: offline sst -- <command> --stage <name>");
}

/**
 * Variables that would point SST's CLI at real AWS, at another stage, or at a proxy, which cannot
 * reach this machine.
 */
const CONFLICTING =
  /^(?:AWS_.+|SST_(?:RESOURCE_|AWS_|PASSPHRASE|KEY|SERVER).*|SST_RESOURCES_JSON|PULUMI_.+|(?:https?|no)_proxy)$/i;

const inherited = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !CONFLICTING.test(name)));
