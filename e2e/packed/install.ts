import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { root } from "../stack.ts";

const PACKAGES = ["client", "iam", "offline", "s3", "sqs", "step-functions"];

/** What a command printed, and how it ended. */
export interface Output {
  readonly code: number | null;
  readonly text: string;
}

/** Runs a command to its end. Its environment is that of a shell, without what a package manager adds. */
export async function run(cwd: string, command: string, ...args: string[]): Promise<Output> {
  const child = spawn(command, args, {
    cwd,
    env: shellEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, text };
}

export function shellEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => !/^p?npm_/i.test(name)));
}

const { packageManager } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as {
  packageManager: string;
};

async function pnpm(cwd: string, ...args: string[]): Promise<void> {
  const { code, text } = await run(cwd, "npx", "--yes", packageManager, ...args);
  if (code !== 0) throw new Error(`pnpm ${args.join(" ")} failed:\n${text}`);
}

/** An app in a folder outside this repository, with the packed packages installed. */
export interface Installed {
  readonly folder: string;
  /** The path of a file in the folder. */
  file(...names: string[]): string;
  remove(): void;
}

/** Packs the packages, and installs them together with sst into a copy of `examples/minimal`. */
export async function installPacked(): Promise<Installed> {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "waybill-packed-")));
  const file = (...names: string[]) => path.join(folder, ...names);
  fs.cpSync(path.join(root, "examples", "minimal"), folder, { recursive: true });
  const filters = PACKAGES.map((name) => `--filter=@waybill/${name}`);
  await pnpm(root, ...filters, "pack", "--pack-destination", file("packed"));

  const tarballs = PACKAGES.map((name) => [
    `@waybill/${name}`,
    `file:packed/waybill-${name}-0.1.0.tgz`,
  ]);
  const dependencies = {
    ...Object.fromEntries(tarballs),
    "@aws-sdk/client-dynamodb": "^3.1160.0",
    "@types/node": "22",
    sst: "3.19.3",
  };
  fs.writeFileSync(file("package.json"), JSON.stringify({ type: "module", dependencies }));
  // sst's own dependencies that the app does not use, as in this repository.
  const overrides = { "sst>aws-sdk": "-", "sst>opencontrol": "-" };
  fs.writeFileSync(file("pnpm-workspace.yaml"), JSON.stringify({ overrides }));
  await pnpm(folder, "install", "--ignore-scripts", "--prefer-offline");
  return { folder, file, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}
