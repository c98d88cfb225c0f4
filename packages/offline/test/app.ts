import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { ensurePlatform } from "../src/synth/platform.ts";

const repository = path.resolve(import.meta.dirname, "../../..");

/** An SST app in a folder of its own, with SST's components and the AWS SDK of this repository. */
export interface App {
  readonly root: string;
  write(file: string, contents: string): void;
  read(file: string): string;
  remove(): void;
}

/** @param files contents by path; `sst.config.ts` is `config()` where it is not given. */
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

/** A config whose resources are in `infra/`. */
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
