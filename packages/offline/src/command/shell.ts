import { printableLines } from "../ground/print.ts";
import { runCommand } from "../ground/run-command.ts";
import { readDeployed } from "../stack/deployments.ts";
import { checkStage, runningStack } from "../stack/stage-files.ts";

export interface ShellOptions {
  root: string;
  stage: string;
  retrySeconds: number;
  workers: number;
}

/**
 * Inherited variables that would point an AWS SDK at something else, or `Resource` at another
 * stage.
 */
const CONFLICTING =
  /^(?:AWS_(?:(?:DEFAULT_)?PROFILE|SESSION_TOKEN|SECURITY_TOKEN|CREDENTIAL_EXPIRATION|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_.+|ENDPOINT_URL_.+|IGNORE_CONFIGURED_ENDPOINT_URLS|USE_(?:FIPS|DUALSTACK)_ENDPOINT|S3_.+)|SST_RESOURCE_.+|SST_RESOURCES_JSON|SST_KEY|SST_KEY_FILE)$/;

/**
 * Runs a command with the bindings of a stage, as `sst shell` does. If the stage is not running, it
 * runs until the command ends. Returns the command's exit code. Throws `OfflineError`
 * (`shell.no_command`) if the command cannot be started.
 */
export async function shell(options: ShellOptions, command: string[]): Promise<number> {
  checkStage(options.stage);
  const running = await runningStack(options.root, options.stage);
  if (running) return run(command, running.env);
  process.stderr.write(
    `Stage "${options.stage}" is not running. Starting it for this command ...\n`,
  );
  const { startStack } = await import("../stack/stack.ts");
  const stack = await startStack({
    ...options,
    port: 0,
    polling: true,
    deployable: readDeployed(options.root, options.stage) !== undefined,
    onEvent: (event) => {
      if (event.type === "problem") process.stderr.write(`${printableLines(event.message)}\n`);
    },
  });
  try {
    return await run(command, stack.env);
  } finally {
    await stack.close();
  }
}

function run(command: string[], bindings: Record<string, string>): Promise<number> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !CONFLICTING.test(name)),
  );
  const words = command.length > 0 ? command : [process.env["SHELL"] ?? "sh"];
  return runCommand(words, { ...inherited, ...bindings });
}
