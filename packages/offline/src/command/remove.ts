import fs from "node:fs";

import { OfflineError } from "../ground/error.ts";
import { readDeployed } from "../stack/deployments.ts";
import { checkNotRunning, checkStage, stageFolder } from "../stack/stage-files.ts";
import { synthesize } from "../synth/synthesize.ts";

/**
 * Deletes the data of a stage. Returns false if it has none. Throws `OfflineError`: `stage.running`
 * if the stage is running, `stage.protected` if the config protects it.
 */
export async function removeStage(root: string, stage: string): Promise<boolean> {
  checkStage(stage);
  await checkNotRunning(root, stage);
  const folder = stageFolder(root, stage);
  if (!fs.existsSync(folder)) return false;
  const { app } = readDeployed(root, stage)?.graph ?? (await synthesize({ root, stage }));
  if (app.protect) {
    throw new OfflineError(
      "stage.protected",
      `the stage "${stage}" was not removed, because sst.config.ts protects it. To remove it anyway, delete ${folder}.`,
    );
  }
  fs.rmSync(folder, { recursive: true });
  return true;
}
