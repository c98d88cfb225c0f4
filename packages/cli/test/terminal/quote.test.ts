import { execFileSync } from "node:child_process";

import { expect, test } from "vitest";

import { safe, shellQuoted } from "../../src/terminal/text.ts";

const KEYS = [
  "a/b-1.txt",
  "-n",
  "my file",
  "it's",
  "~root",
  "$(id)",
  "\u001b[2J'\\",
  "a\nb",
  "\u202Eü",
];

test.each(KEYS)("bash reads %j back, and its quoted form is safe to print", (key) => {
  const quoted = shellQuoted(key);
  expect(safe(quoted)).toBe(quoted);
  const script = `printf %s ${quoted}`;
  expect(execFileSync("bash", ["-c", script.replace("%s", "-- %s")], { encoding: "utf8" })).toBe(
    key,
  );
});
