import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { OfflineError } from "../ground/error.ts";
import { printable } from "../ground/print.ts";
import { alive } from "../ground/process.ts";
import { installCommand } from "../ground/runner.ts";

/** Where `sst install` puts SST's components. */
export const platformOf = (root: string) => path.join(root, ".sst", "platform");

/** npm writes its own lock file last: an install that was interrupted has none. */
function installedVersion(root: string): string | undefined {
  const platform = platformOf(root);
  if (!fs.existsSync(path.join(platform, "node_modules", ".package-lock.json"))) return undefined;
  const file = path.join(platform, "version");
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
 * Makes sure that SST's own components are in `.sst/platform`, in the version of the `sst` package; takes half a
 * minute the first time and nothing afterwards.
 * @throws OfflineError `platform.no_config`, `platform.no_sst`, `platform.install_failed`.
 */
export async function ensurePlatform(root: string): Promise<void> {
  if (!fs.existsSync(path.join(root, "sst.config.ts"))) {
    throw new OfflineError("platform.no_config", `there is no sst.config.ts in ${root}.`);
  }
  const wanted = wantedVersion(root);
  if (installedVersion(root) === wanted) return;
  const release = await lock(path.join(root, ".sst"));
  try {
    if (installedVersion(root) !== wanted) await install(root, wanted);
  } finally {
    release();
  }
}

/** Waits until no other process installs into this folder. @returns how to let go of it. */
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

/** Whoever installs may have been killed. */
function isAbandoned(file: string): boolean {
  try {
    const pid = Number(fs.readFileSync(file, "utf8"));
    // It is empty for the moment between its making and its writing.
    return pid === 0 ? Date.now() - fs.statSync(file).mtimeMs > 10_000 : !alive(pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false; // just let go
    throw error;
  }
}

async function install(root: string, version: string): Promise<void> {
  process.stderr.write(`Installing SST ${version}'s components, once (about half a minute) ...\n`);
  const child = spawn(
    path.join(root, "node_modules", ".bin", "sst"),
    ["install", "--stage", "offline", "--print-logs"],
    {
      cwd: root,
      env: {
        // Without a network, npm would try for minutes, and say nothing meanwhile.
        npm_config_fetch_retries: "1",
        npm_config_fetch_retry_mintimeout: "1000",
        npm_config_fetch_retry_maxtimeout: "1000",
        ...process.env,
        // Without these, the CLI insists on downloading bun and Pulumi, which an install does not use.
        SST_SKIP_DEPENDENCY_CHECK: "1",
        SST_NO_BUN: "1",
        NO_BUN: "1",
        SST_TELEMETRY_DISABLED: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      said += error.message;
      resolve(null);
    });
    child.once("close", resolve);
  });
  if (code !== 0 || installedVersion(root) !== version) {
    const tail = reasonIn(said).trim().split("\n").slice(-12).map(printable).join("\n");
    throw new OfflineError(
      "platform.install_failed",
      `"sst install" could not install SST ${version}'s components into .sst/platform. It needs the npm registry: ` +
        `check the network and try again.\n${tail}`,
      { retry: true },
    );
  }
}

/** What npm said is in the log of SST's CLI, as one quoted value; the CLI itself says only that something failed. */
function reasonIn(said: string): string {
  const quoted = /msg="exited with error" err="((?:[^"\\]|\\.)*)"/.exec(said)?.[1];
  if (quoted === undefined) return said;
  // A stack trace of npm's own follows.
  return quoted.replaceAll('\\"', '"').split("\\n").slice(0, 4).join("\n");
}
