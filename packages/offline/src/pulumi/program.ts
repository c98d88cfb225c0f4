import { spawn } from "node:child_process";
import path from "node:path";

/** What Pulumi's runner for Node.js needs to evaluate a config. */
export interface Program {
  platform: string;
  /** The bundled config that SST's CLI wrote. */
  main: string;
  folder: string;
  app: string;
  stage: string;
  /** The address of the resource monitor and the engine. */
  address: string;
  /** The settings of providers, such as `aws:region`. */
  config: Readonly<Record<string, string>>;
  isPreview: boolean;
  /** Called for each piece of output. */
  onOutput: (text: string) => void;
}

/** The exit code of a program whose error the engine has already logged. */
const LOGGED_ERROR = 32;

/**
 * Runs a config with the runner of the Pulumi that SST uses (`@pulumi/pulumi/cmd/run`). Returns
 * undefined, or why it failed if nothing has said that yet.
 */
export async function runProgram(program: Program): Promise<{ failure?: string } | undefined> {
  const { platform, folder, app, stage, address, isPreview } = program;
  const runner = path.join(platform, "node_modules", "@pulumi", "pulumi", "cmd", "run");
  const child = spawn(
    process.execPath,
    [
      runner,
      `--monitor=${address}`,
      `--engine=${address}`,
      `--project=${app}`,
      `--stack=${stage}`,
      "--organization=organization",
      `--root-directory=${folder}`,
      `--pwd=${folder}`,
      "--parallel=16",
      ...(isPreview ? ["--dry-run"] : []),
      program.main,
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PULUMI_NODEJS_TYPESCRIPT: "false",
        PULUMI_CONFIG: JSON.stringify(program.config),
        PULUMI_CONFIG_SECRET_KEYS: "[]",
      },
    },
  );
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => program.onOutput(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve(signal ?? exitCode ?? 1));
  });
  if (code === 0) return undefined;
  if (code === LOGGED_ERROR) return {};
  return { failure: errors.trim() || `the config ended with ${code}` };
}
