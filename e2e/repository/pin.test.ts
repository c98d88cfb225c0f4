import fs from "node:fs";

import { expect, test } from "vitest";

import manifest from "../../package.json" with { type: "json" };

const readme = fs.readFileSync(new URL("../../README.md", import.meta.url), "utf8");

test("what is pasted on a machine without pnpm names the pnpm that is pinned", () => {
  for (const text of [manifest.scripts.start, readme]) {
    const pins = [...text.matchAll(/npx (\S+)/g)].map(([, pin]) => pin);

    expect(new Set(pins)).toEqual(new Set([manifest.packageManager]));
  }
});
