import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { expect, test } from "vitest";

import { run } from "../offline.ts";

const readme = fs.readFileSync(path.join(import.meta.dirname, "../../README.md"), "utf8");

/** Returns the options in the help of a command, without `--help`. */
async function optionsInHelp(command: string): Promise<string[]> {
  const help = run(os.tmpdir(), [command, "--help"]);
  expect(await help.ended).toBe(0);
  const options = [...help.stdout().matchAll(/^ {2}(--[\w-]+(?: <\w+>)?) /gm)];
  return options.map(([, option = ""]) => option).toSorted();
}

/** Returns the options that the table in README.md lists for a command. */
function optionsInReadme(command: string): string[] {
  const rows = [...readme.matchAll(/^\| `(--[^`]+)` *\| ([^|]+?) *\|/gm)];
  return rows
    .filter(([, , commands = ""]) => commands === "all" || commands.includes(`\`${command}\``))
    .map(([, option = ""]) => option)
    .toSorted();
}

test.each(["dev", "shell", "synth", "remove"])(
  "README.md lists the options of %s",
  async (name) => {
    const options = await optionsInHelp(name);

    expect(options).toContain("--stage <name>");
    expect(optionsInReadme(name)).toEqual(options);
  },
);
