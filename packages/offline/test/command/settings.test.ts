import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { readSettings } from "../../src/command/settings.ts";

/** Creates a folder with this package.json. */
function folder(manifest?: string): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "offline-settings-"));
  onTestFinished(() => fs.rmSync(root, { recursive: true }));
  if (manifest !== undefined) fs.writeFileSync(path.join(root, "package.json"), manifest);
  return root;
}

test("reads the key offline of package.json", () => {
  const root = folder('{"name":"app","offline":{"hint":"show","line":"{key}"}}');

  expect(readSettings(root)).toEqual({ hint: "show", line: "{key}" });
});

test.each([undefined, "{}", '{"offline":{}}'])("returns no settings for %s", (manifest) => {
  expect(readSettings(folder(manifest))).toEqual({});
});

test.each([
  ["a wrong type", '{"offline":{"line":5}}', '"offline.line": Invalid input: expected string'],
  ["an unknown setting", '{"offline":{"lines":""}}', '"offline": Unrecognized key: "lines"'],
  [
    "a value that is not an object",
    '{"offline":true}',
    '"offline": Invalid input: expected object',
  ],
  ["text that is not JSON", "{", "is not valid JSON"],
])("rejects %s, with the setting and the file", (_, manifest, message) => {
  const root = folder(manifest);

  expect(() => readSettings(root)).toThrow(
    expect.objectContaining({
      code: "settings.invalid",
      message: expect.stringContaining(message),
    }) as Error,
  );
  expect(() => readSettings(root)).toThrow(path.join(root, "package.json"));
});
