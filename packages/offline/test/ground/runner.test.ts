import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { installCommand, offlineCommand } from "../../src/ground/runner.ts";

const AGENT = "node/v22.23.2 linux x64 workspaces/false";

test.each([
  ["npx", { npm_config_user_agent: `npm/11.19.1 ${AGENT}` }, "npx offline remove", "npm install"],
  [
    "pnpm",
    { npm_config_user_agent: `pnpm/12.21.0 npm/? ${AGENT}`, npm_execpath: "/usr/bin/pnpm" },
    "pnpm offline remove",
    "pnpm install",
  ],
  [
    "pnpm that npx runs",
    {
      npm_config_user_agent: `pnpm/12.21.0 npm/? ${AGENT}`,
      npm_execpath: "/root/.npm/_npx/0390bb19/node_modules/pnpm/pnpm",
    },
    "npx --yes pnpm@12.21.0 offline remove",
    "npx --yes pnpm@12.21.0 install",
  ],
  [
    "yarn",
    { npm_config_user_agent: `yarn/4.9.1 npm/? ${AGENT}` },
    "yarn offline remove",
    "yarn install",
  ],
  ["bun", { npm_config_user_agent: "bun/1.3.0 npm/?" }, "bunx offline remove", "bun install"],
])("names the command for %s", (_, env, command, install) => {
  expect(offlineCommand("remove", env)).toBe(command);
  expect(installCommand(env)).toBe(install);
});

/** Makes an empty folder the working directory. */
function enterFolder(): void {
  const before = process.cwd();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "offline-runner-"));
  process.chdir(folder);
  onTestFinished(() => {
    process.chdir(before);
    fs.rmSync(folder, { recursive: true });
  });
}

test("names the file of this program if no package manager started it", () => {
  enterFolder();
  const main = path.relative("", process.argv[1] ?? "");

  expect(offlineCommand("remove", {})).toBe(`node ${main} remove`);
  expect(installCommand({})).toBe("npm install");
});

test("names the installed program if no package manager started it", () => {
  enterFolder();
  fs.mkdirSync("node_modules/.bin", { recursive: true });
  fs.writeFileSync("node_modules/.bin/offline", "");

  expect(offlineCommand("remove", {})).toBe("npx offline remove");
});
