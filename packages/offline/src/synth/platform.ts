import fs from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { OfflineError } from "../ground/error.ts";
import { alive } from "../ground/process.ts";
import { installCommand } from "../ground/runner.ts";
import { installPlatform, providerLockOf } from "./install.ts";

/** Where `sst install` puts SST's components. */
export const platformOf = (root: string) => path.join(root, ".sst", "platform");

/** An installation that was interrupted has no `provider-lock.json`. */
function installedVersion(root: string): string | undefined {
  const parts = [providerLockOf(root), path.join(platformOf(root), "node_modules")];
  if (!parts.every((part) => fs.existsSync(part))) return undefined;
  const file = path.join(platformOf(root), "version");
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : undefined;
}

function wantedVersion(root: string): string {
  const file = path.join(root, "node_modules", "sst", "package.json");
  if (!fs.existsSync(file)) {
    throw new OfflineError(
      "platform.no_sst",
      `sst is not installed in ${root}. Run: ${installCommand()}`,
    );
  }
  return (JSON.parse(fs.readFileSync(file, "utf8")) as { version: string }).version;
}

/**
 * Makes sure that SST's own components are in `.sst/platform`, in the version of the `sst` package.
 * This takes time on the first start only. Throws `OfflineError` (`platform.no_config`,
 * `platform.no_sst`, `platform.install_failed`).
 */
export async function ensurePlatform(root: string): Promise<void> {
  if (!fs.existsSync(path.join(root, "sst.config.ts"))) {
    throw new OfflineError(
      "platform.no_config",
      `sst.config.ts does not exist in ${root}. Run offline in the folder of an SST app.`,
    );
  }
  const wanted = wantedVersion(root);
  if (installedVersion(root) === wanted) return;
  const release = await lock(path.join(root, ".sst"));
  try {
    if (installedVersion(root) !== wanted) await installPlatform(root, wanted);
  } finally {
    release();
  }
}

/**
 * Waits until no other process installs into this folder. Returns the function that releases it.
 */
async function lock(folder: string): Promise<() => void> {
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "offline-install.lock");
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => fs.rmSync(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (isAbandoned(file)) fs.rmSync(file, { force: true });
    else await delay(200);
  }
}

/** The process that installs may have been killed. */
function isAbandoned(file: string): boolean {
  try {
    const pid = Number(fs.readFileSync(file, "utf8"));
    // The file is empty for a moment, before the id is written.
    return pid === 0 ? Date.now() - fs.statSync(file).mtimeMs > 10_000 : !alive(pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false; // just released
    throw error;
  }
}
