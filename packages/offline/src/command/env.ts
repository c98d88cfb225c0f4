import { OfflineError } from "../ground/error.ts";
import { offlineCommand } from "../ground/runner.ts";
import { shellWord } from "../ground/shell.ts";
import { readDeployed } from "../stack/deployments.ts";
import { checkStage, runningStack } from "../stack/stage-files.ts";
import { sstEnvironment } from "./sst-environment.ts";

/** Variables of other AWS accounts, which SST's CLI would prefer. */
const UNSET = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"];

/**
 * Returns commands for a POSIX shell that set the variables with which SST's CLI and the clients of
 * AWS use the stage. Throws `OfflineError` (`env.not_running`) if the stage is not running.
 */
export async function envCommands(root: string, stage: string): Promise<string> {
  checkStage(stage);
  const running = await runningStack(root, stage);
  if (!running) {
    throw new OfflineError(
      "env.not_running",
      `the stage "${stage}" is not running. Start it in another terminal: ${offlineCommand(`aws --stage ${stage}`)}`,
    );
  }
  const isDeployed = readDeployed(root, stage) !== undefined;
  const env = isDeployed ? sstEnvironment(root, stage, running.env) : running.env;
  return [
    ...UNSET.map((name) => `unset ${name}`),
    ...Object.entries(env).map(([name, value]) => `export ${name}=${shellWord(value)}`),
    "",
  ].join("\n");
}
