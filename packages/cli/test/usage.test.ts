import { describe, expect, test } from "vitest";

import { createProgram } from "../src/program.ts";
import { waybill } from "./waybill.ts";

const commands = createProgram().commands.flatMap((command) => [command, ...command.commands]);

describe("help", () => {
  test.each(commands.map((command) => [command.name(), command] as const))(
    "of %s describes every argument and option, and has examples",
    (_, command) => {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(command.description()).toMatch(/\.$/);
      expect(help).toMatch(/\nExamples:\n(?: {2}waybill \S.* {2}\S.*\n)+/);
      for (const option of command.options) expect(option.description).not.toBe("");
      for (const argument of command.registeredArguments) expect(argument.description).not.toBe("");
    },
  );

  test("needs no stage, and is printed to standard output with exit code 0", async () => {
    const { code, stdout, stderr } = await waybill(["find", "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Usage: waybill find");
  });

  test("of waybill lists the exit codes", async () => {
    expect((await waybill(["--help"])).stdout).toMatch(
      /0 done, 1 failed, 2 wrong usage, 3 not found/,
    );
  });
});

describe("exits with 2 and prints only an error for", () => {
  test.each([
    ["no command", [], /Usage: waybill/],
    ["an unknown command", ["frob"], /^waybill: unknown command 'frob'/],
    ["an unknown option", ["ls", "--frob"], /unknown option '--frob'/],
    ["a limit of 0", ["ls", "--limit", "0"], /--limit.*whole number/],
    ["two prefixes", ["ls", "a", "b"], /too many arguments/],
    ["two formats", ["ls", "--json", "--jsonl"], /cannot be used with/],
    ["no key", ["get"], /missing required argument 'key'/],
    ["an empty key", ["get", ""], /<key> must have 1 to 1024 bytes/],
    ["a key that is too long", ["get", "x".repeat(1025)], /<key> must have 1 to 1024 bytes/],
    ["an invalid date", ["recent", "--since", "2026-02-30"], /--since is not a valid date or time/],
    [
      "a cursor without a time",
      ["recent", "--start-after", "a"],
      /--start-after-time is required with --start-after/,
    ],
    [
      "a minimum size above the maximum",
      ["find", "--min-size", "2", "--max-size", "1"],
      /--max-size must not be less than --min-size/,
    ],
    ["metadata without a value", ["find", "--meta", "owner"], /--meta must be name=value/],
    ["an incomplete media type", ["find", "--type", "image"], /--type must be a media type/],
    ["an unknown state", ["find", "--state", "lost"], /choices are present, unreadable, deleted/],
    [
      "duplicates without a file or content",
      ["duplicates"],
      /<key> or --content or --etag must be given, but only one of them/,
    ],
    [
      "a content without a size",
      ["duplicates", "--content", "crc64nvme:moKNAtbQBxo="],
      /--content must be crc64nvme:<checksum in base64>:<bytes>, or an ETag/,
    ],
    [
      "a checksum as an ETag",
      ["duplicates", "--etag", "crc64nvme:moKNAtbQBxo=:5"],
      /--etag must be an ETag; give a checksum as --content/,
    ],
    ["nobody", ["find", "--by", ""], /--by must not be empty/],
    ["an unknown group", ["stats", "--by", "color"], /choices are type, day, folder/],
    [
      "a rate above the maximum of SQS",
      ["dead", "redrive", "--rate", "501"],
      /--rate must be 1 to 500/,
    ],
    ["a negative size", ["find", "--min-size", "-1"], /It must be a size such as 500/],
  ])("%s", async (_, args, message) => {
    const { code, stdout, stderr } = await waybill(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

test("without a stage, says how to run it", async () => {
  const { code, stderr } = await waybill(["get", "a"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/Start waybill with the script `waybill`/);
});

test("escapes the command line in error messages", async () => {
  const { stderr } = await waybill(["\u001b[31mfrob"]);
  expect(stderr).not.toContain("\u001b");
});
