import fs from "node:fs";

import { OfflineError } from "../ground/error.ts";
import { checkStage, checkNotRunning, stageFolder } from "../stack/stage-files.ts";
import { synthesize } from "../synth/synthesize.ts";

/** Deletes all that a stage has kept. @returns whether there was any. @throws OfflineError `stage.running`, `stage.protected`. */
export async function removeStage(root: string, stage: string): Promise<boolean> {
  checkStage(stage);
  await checkNotRunning(root, stage);
  const folder = stageFolder(root, stage);
  if (!fs.existsSync(folder)) return false;
  const { app } = await synthesize({ root, stage });
  if (app.protect) {
    throw new OfflineError(
      "stage.protected",
      `the stage "${stage}" is protected by sst.config.ts, so it is not removed. Delete ${folder} if you mean it.`,
    );
  }
  fs.rmSync(folder, { recursive: true });
  return true;
}
