import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

import { OfflineError } from "../ground/error.ts";
import { eachLine } from "../ground/lines.ts";
import { printable } from "../ground/print.ts";
import { withProgress } from "../ground/progress.ts";
import { packageManager } from "../ground/runner.ts";
import { type Download, npmDownload, pnpmDownload } from "./download.ts";

/** `sst install` writes this file last, when all packages are installed. */
export const providerLockOf = (root: string) => path.join(root, ".sst", "provider-lock.json");

/**
 * Installs SST's components into `.sst/platform`, as `sst install` does, in two steps: the SST CLI
 * writes its files, and the package manager that started this process installs the packages that
 * they need. The CLI alone would use npm, which takes five times as long as pnpm, and would also
 * install what SST's own tests need.
 *
 * Throws `OfflineError` `platform.install_failed`.
 */
export async function installPlatform(root: string, version: string): Promise<void> {
  await withProgress(
    `Installing SST ${version}'s components (first start only)`,
    async (setDetail) => {
      const sst = await runSst(root);
      if (sst.code !== 0 || !fs.existsSync(providerLockOf(root))) {
        throw failed("sst install", sst.lines);
      }
      // Until the packages are installed, neither this program nor SST's CLI may find the file.
      const providerLock = fs.readFileSync(providerLockOf(root));
      fs.rmSync(providerLockOf(root));
      const packages = await installPackages(path.join(root, ".sst", "platform"), setDetail);
      if (packages.code !== 0) throw failed(packages.command, packages.lines);
      fs.writeFileSync(`${providerLockOf(root)}.new`, providerLock);
      fs.renameSync(`${providerLockOf(root)}.new`, providerLockOf(root));
    },
  );
}

function failed(command: string, lines: readonly string[]): OfflineError {
  const errors = lines.filter((line) => line.trim() !== "" && !line.includes("level=INFO"));
  const message =
    `SST's components could not be installed into .sst/platform: "${command}" failed. If the following lines do not ` +
    "say why, check that this machine can reach the npm registry.";
  return new OfflineError(
    "platform.install_failed",
    [message, ...errors.slice(-12).map(printable)].join("\n"),
    { retry: true },
  );
}

interface Ended {
  code: number | null;
  /** What it wrote to stdout and stderr, except for progress. */
  lines: string[];
}

function ended(
  child: ChildProcess,
  read: (line: string) => string | undefined = (line) => line,
): Promise<Ended> {
  const lines: string[] = [];
  const add = (line: string) => lines.push(...(read(line)?.split("\n") ?? []));
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) eachLine(stream, add);
  }
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: null, lines: [...lines, error.message] }));
    child.once("close", (code) => resolve({ code, lines }));
  });
}

/** Runs `sst install` with an `npm` that does nothing. */
async function runSst(root: string): Promise<Ended> {
  const folder = path.join(root, ".sst", "offline-npm");
  fs.rmSync(providerLockOf(root), { force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "npm"), "#!/bin/sh\n", { mode: 0o755 });
  try {
    const child = spawn(
      path.join(root, "node_modules", ".bin", "sst"),
      ["install", "--stage", "offline", "--print-logs"],
      {
        cwd: root,
        env: {
          ...process.env,
          PATH: `${folder}${path.delimiter}${process.env["PATH"] ?? ""}`,
          // Without these, the CLI insists on downloading bun and Pulumi, which an install does not
          // use.
          SST_SKIP_DEPENDENCY_CHECK: "1",
          SST_NO_BUN: "1",
          NO_BUN: "1",
          SST_TELEMETRY_DISABLED: "1",
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    return await ended(child);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

// Without a network, npm and pnpm would try for minutes.
const RETRIES = {
  fetch_retries: "1",
  fetch_retry_mintimeout: "1000",
  fetch_retry_maxtimeout: "1000",
};

/** Installs the packages in the manifest of SST's components. */
async function installPackages(
  platform: string,
  setDetail: (detail: string) => void,
): Promise<Ended & { command: string }> {
  const manager = packageManager();
  const manifest = readManifest(platform);
  const [command, args, download] =
    manager.name === "pnpm" ? pnpm(platform, manifest, manager.file) : npm();
  const settings = Object.entries(RETRIES).flatMap(([name, value]) =>
    ["npm", "pnpm"].map((tool) => [`${tool}_config_${name}`, value] as const),
  );
  const child = spawn(command, args, {
    cwd: platform,
    env: { ...Object.fromEntries(settings), ...process.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const end = await ended(child, (line) => {
    const message = download.read(line);
    setDetail(download.detail);
    return message;
  });
  return { ...end, command: `${manager.name === "pnpm" ? "pnpm" : "npm"} install` };
}

interface Manifest {
  overrides?: Record<string, string>;
}

/**
 * Takes the tools for SST's own tests out of the manifest. The types stay: an app that checks its
 * types needs them.
 */
function readManifest(platform: string): Manifest {
  const file = path.join(platform, "package.json");
  const manifest = JSON.parse(fs.readFileSync(file, "utf8")) as Manifest & {
    devDependencies?: Record<string, string>;
  };
  const types = Object.entries(manifest.devDependencies ?? {}).filter(([name]) =>
    name.startsWith("@types/"),
  );
  const trimmed = { ...manifest, devDependencies: Object.fromEntries(types) };
  fs.writeFileSync(file, `${JSON.stringify(trimmed, undefined, 2)}\n`);
  return manifest;
}

type Install = [command: string, args: string[], download: Download];

/**
 * The layout is that of npm. Scripts are not run: they download Pulumi plugins, which only a
 * deployment needs.
 */
function pnpm(platform: string, { overrides = {} }: Manifest, file = "pnpm"): Install {
  // pnpm reads `overrides` here; YAML includes JSON.
  const settings = JSON.stringify({ packages: [], overrides });
  fs.writeFileSync(path.join(platform, "pnpm-workspace.yaml"), `${settings}\n`);
  const args = [
    "install",
    "--ignore-scripts",
    "--reporter=ndjson",
    "--config.node-linker=hoisted",
    "--config.lockfile=false",
    // Small DNS servers, such as those in containers, drop queries under load. Each one costs 5 s.
    "--config.network-concurrency=12",
  ];
  return /\.[cm]?js$/.test(file)
    ? [process.execPath, [file, ...args], pnpmDownload()]
    : [file, args, pnpmDownload()];
}

function npm(): Install {
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=http"];
  return ["npm", args, npmDownload()];
}
