import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

import { offlineCommand, root as repository } from "../stack.ts";

/** An SST app in a temporary folder, which the real `sst` deploys to an offline AWS of its own. */
export interface SstApp {
  readonly root: string;
  write(file: string, contents: string): void;
  read(file: string): string;
  remove(): void;
}

/** What a command printed, and its exit code. */
export interface Ended {
  code: number;
  output: string;
}

/** Creates an app whose components are those of this repository. */
export function makeSstApp(files: Record<string, string>): SstApp {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "sst-app-")));
  const write = (file: string, contents: string) => {
    const full = path.join(root, file);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    // At once: `sst dev` would build an empty file.
    fs.writeFileSync(`${full}.new`, contents);
    fs.renameSync(`${full}.new`, full);
  };
  const link = (target: string) => {
    fs.mkdirSync(path.dirname(path.join(root, target)), { recursive: true });
    fs.symlinkSync(fs.realpathSync(path.join(repository, target)), path.join(root, target));
  };
  // Only the components are shared: `sst` writes its logs and builds beside them.
  link(".sst/platform");
  fs.copyFileSync(
    path.join(repository, ".sst/provider-lock.json"),
    path.join(root, ".sst/provider-lock.json"),
  );
  fs.mkdirSync(path.join(root, "node_modules/.bin"), { recursive: true });
  link("node_modules/sst");
  link("node_modules/.bin/sst");
  write("package.json", JSON.stringify({ name: "app", type: "module" }));
  for (const [file, contents] of Object.entries(files)) write(file, contents);
  return {
    root,
    write,
    read: (file) => fs.readFileSync(path.join(root, file), "utf8"),
    remove: () => fs.rmSync(root, { recursive: true, force: true }),
  };
}

/** A command that runs. */
export interface RunningCommand {
  readonly child: ChildProcess;
  /** Sends a signal to the whole process group, as a terminal does. */
  signal(signal: NodeJS.Signals): void;
  /** Its output so far, without colors. */
  output(): string;
  readonly ended: Promise<Ended>;
}

/** Starts `offline <args>` in the folder of an app. */
export function startOffline(root: string, args: readonly string[]): RunningCommand {
  const child = spawn(process.execPath, offlineCommand(...args), {
    cwd: root,
    // A process group of its own.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  }
  const output = () => stripVTControlCharacters(text);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output: output() }));
  });
  const signal = (name: NodeJS.Signals) => process.kill(-(child.pid ?? 0), name);
  return { child, signal, output, ended };
}

/** Runs `sst <args>` against the offline AWS of its stage. */
export const sst = (root: string, ...args: string[]): Promise<Ended> =>
  startOffline(root, ["sst", "--retry-seconds=0", "--", ...args]).ended;
