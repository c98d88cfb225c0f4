import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";

import { completionScript } from "../src/completion/script.ts";
import { waybill as program } from "../src/program.ts";
import { waybill } from "./waybill.ts";
import { closeWindows, noTmux, Window } from "./window.ts";

/** What bash offers for a line that is typed up to its end. */
function offeredByBash(line: string): string[] {
  const words = line.split(" ");
  const script = `${completionScript(program(), "bash")}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _waybill
[ "\${#COMPREPLY[@]}" -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync("bash", ["-c", script, "bash", ...words], { encoding: "utf8" });
  return output.split("\n").filter((word) => word !== "");
}

describe("bash completes", () => {
  test.each([
    ["waybill f", ["find"]],
    ["waybill dead re", ["redrive"]],
    ["waybill dead redrive --w", ["--wait"]],
    ["waybill find --st", ["--state", "--stage"]],
    ["waybill find --state ", ["present", "unreadable", "deleted"]],
    ["waybill find logs/ --state un", ["unreadable"]],
    ["waybill stats --by d", ["day"]],
    ["waybill find --since ", []],
    ["waybill completion z", ["zsh"]],
    ["waybill ls dead --st", ["--start-after", "--stage"]],
    ["waybill find --state = un", ["unreadable"]],
    ["waybill stats --by =", ["type", "day", "folder"]],
    ["waybill dead --h", ["--help"]],
  ])("%s", (line, offered) => {
    expect(offeredByBash(line).toSorted()).toEqual(offered.toSorted());
  });

  test("all commands at the beginning", () => {
    const commands = program().commands.map((command) => command.name());
    expect(offeredByBash("waybill ")).toEqual(expect.arrayContaining(commands));
  });
});

describe.each(["bash", "zsh", "fish"] as const)("the script for %s", (shell) => {
  test.skipIf(!existsSync(`/usr/bin/${shell}`))("is one that the shell can read", () => {
    const script = completionScript(program(), shell);
    const folder = mkdtempSync(path.join(tmpdir(), "waybill-"));
    try {
      writeFileSync(path.join(folder, "script"), script);
      expect(() => execFileSync(shell, ["-n", path.join(folder, "script")])).not.toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("names every command and option", () => {
    const script = completionScript(program(), shell);
    for (const command of program().commands.flatMap((sub) => [sub, ...sub.commands])) {
      expect(script).toContain(command.name());
      for (const { long = "" } of command.options) {
        expect(script).toContain(shell === "fish" ? `-l ${long.slice(2)}` : long);
      }
    }
  });
});

const INTERACTIVE: Readonly<Record<string, string>> = {
  bash: "exec bash --noprofile --rcfile script -i",
  zsh: "printf 'autoload -Uz compinit; compinit -u; source script' >.zshrc; ZDOTDIR=$PWD exec zsh -i",
  fish: "HOME=$PWD exec fish --no-config -i -C 'source script'",
};

describe.each(Object.entries(INTERACTIVE))("in a real %s", { timeout: 90_000 }, (shell, start) => {
  afterEach(closeWindows);

  test.skipIf(noTmux || !existsSync(`/usr/bin/${shell}`)).each([
    ["waybill fi", /waybill find\b/],
    ["waybill dead redr", /waybill dead redrive\b/],
    ["waybill find --state un", /--state unreadable\b/],
    ["waybill find --state=un", /--state=unreadable\b/],
  ])("Tab completes %s", async (typed, pattern) => {
    const folder = mkdtempSync(path.join(tmpdir(), "waybill-"));
    try {
      writeFileSync(path.join(folder, "script"), completionScript(program(), shell as "bash"));
      const window = await Window.open(100, `cd ${folder}; PS1='ready> ' ${start}`);
      await window.shows(/\S/);
      await window.press(...typed.split("").map((key) => (key === " " ? "Space" : key)));
      await window.press("Tab");
      expect(await window.shows(pattern)).toMatch(pattern);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("a script is printed without a stage", async () => {
  const { code, stdout, stderr } = await waybill(["completion", "zsh"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toBe(completionScript(program(), "zsh"));
});
