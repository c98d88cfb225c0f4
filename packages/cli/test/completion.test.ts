import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";

import { completionScript } from "../src/completion/script.ts";
import { waybill as program } from "../src/program.ts";
import { waybill } from "./waybill.ts";

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

test("a script is printed without a stage", async () => {
  const { code, stdout, stderr } = await waybill(["completion", "zsh"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toBe(completionScript(program(), "zsh"));
});
