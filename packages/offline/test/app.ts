import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { ensurePlatform } from "../src/synth/platform.ts";

const repository = path.resolve(import.meta.dirname, "../../..");

/** An SST app in a temporary folder, with links to SST and its components in this repository. */
export interface App {
  readonly root: string;
  write(file: string, contents: string): void;
  read(file: string): string;
  remove(): void;
}

/** Creates an app. `files` has contents by path; the default of `sst.config.ts` is `config()`. */
export async function makeApp(files: Record<string, string> = {}): Promise<App> {
  await ensurePlatform(repository);
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "offline-app-")));
  const write = (file: string, contents: string) => {
    const full = path.join(root, file);
    fs.mkdirSync(path.dirname(full), { recursive: true });
    fs.writeFileSync(full, contents);
  };
  fs.symlinkSync(path.join(repository, ".sst"), path.join(root, ".sst"));
  fs.mkdirSync(path.join(root, "node_modules"));
  fs.symlinkSync(path.join(repository, "node_modules/sst"), path.join(root, "node_modules/sst"));
  write("package.json", JSON.stringify({ name: "app", type: "module" }));
  for (const [file, contents] of Object.entries({ "sst.config.ts": config(), ...files })) {
    write(file, contents);
  }
  return {
    root,
    write,
    read: (file) => fs.readFileSync(path.join(root, file), "utf8"),
    remove: () => fs.rmSync(root, { recursive: true, force: true }),
  };
}

/** The text of a config. Its resources are in `infra/app.ts`, unless `run` says otherwise. */
export function config(run = 'await import("./infra/app.ts");', app = ""): string {
  return `/// <reference path="./.sst/platform/config.d.ts" />
export default $config({
  app: ({ stage }) => ({ name: "app", home: "aws", ${app} }),
  async run() {
    ${run}
  },
});
`;
}
