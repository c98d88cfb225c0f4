import { describe, expect, test } from "vitest";

import { waybill as program } from "../src/program.ts";
import { waybill } from "./waybill.ts";

const commands = program().commands.flatMap((command) => [command, ...command.commands]);

describe("help", () => {
  test.each(commands.map((command) => [command.name(), command] as const))(
    "of %s describes everything and has examples",
    (_, command) => {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(command.description()).toMatch(/\.$/);
      expect(help).toMatch(/\nExamples:\n(?: {2}waybill \S.* {2}\S.*\n)+/);
      for (const option of command.options) expect(option.description).not.toBe("");
      for (const argument of command.registeredArguments) expect(argument.description).not.toBe("");
    },
  );

  test("comes without a stage, on standard output, with success", async () => {
    const { code, stdout, stderr } = await waybill(["find", "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Usage: waybill find");
  });

  test("of the whole says what the exit codes are", async () => {
    expect((await waybill(["--help"])).stdout).toMatch(
      /0 done, 1 failed, 2 wrong usage, 3 not found/,
    );
  });
});

describe("wrong usage ends with 2, says why, and prints nothing to standard output:", () => {
  test.each([
    ["nothing", [], /Usage: waybill/],
    ["an unknown command", ["frob"], /^waybill: unknown command 'frob'/],
    ["an unknown option", ["ls", "--frob"], /unknown option '--frob'/],
    ["a limit of none", ["ls", "--limit", "0"], /--limit.*whole number/],
    ["two prefixes", ["ls", "a", "b"], /too many arguments/],
    ["two formats", ["ls", "--json", "--jsonl"], /cannot be used with/],
    ["no key", ["get"], /missing required argument 'key'/],
    ["an empty key", ["get", ""], /<key> must have 1 to 1024 bytes/],
    ["a key that is too long", ["get", "x".repeat(1025)], /<key> must have 1 to 1024 bytes/],
    ["no such day", ["recent", "--since", "2026-02-30"], /--since is a time that no calendar/],
    [
      "a place without a time",
      ["recent", "--start-after", "a"],
      /--start-after-time is missing: it belongs to --start-after/,
    ],
    [
      "sizes that exclude each other",
      ["find", "--min-size", "2", "--max-size", "1"],
      /--max-size must not be less than --min-size/,
    ],
    ["metadata without a value", ["find", "--meta", "owner"], /--meta must be name=value/],
    ["half a media type", ["find", "--type", "image"], /--type must be a media type/],
    [
      "a state that is none",
      ["find", "--state", "lost"],
      /choices are present, unreadable, deleted/,
    ],
    ["duplicates of nothing", ["duplicates"], /<key> must be given, or else --etag/],
    ["groups that are none", ["stats", "--by", "colour"], /choices are type, day, folder/],
    ["a rate that SQS has not", ["dead", "redrive", "--rate", "501"], /--rate must be 1 to 500/],
    ["a shell that is not known", ["completion", "tcsh"], /choices are bash, zsh, fish/],
  ])("%s", async (_, args, why) => {
    const { code, stdout, stderr } = await waybill(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(why);
  });
});

test("without a stage, it says how to get one", async () => {
  const { code, stderr } = await waybill(["get", "a"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/pnpm waybill/);
});

test("what was typed is escaped where it is said again", async () => {
  const { stderr } = await waybill(["\u001b[31mfrob"]);
  expect(stderr).not.toContain("\u001b");
});
