import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, test } from "vitest";

import { root } from "./root.ts";

const folder = path.join(root, ".github/workflows");
const workflows = readdirSync(folder).map(
  (name) => [name, readFileSync(path.join(folder, name), "utf8")] as const,
);
const deploy = new Map(workflows).get("deploy.yml") ?? "";

describe.each(workflows)("the workflow %s", (_, source) => {
  test("pins each action to a commit", () => {
    const used = [...source.matchAll(/uses: *(.+)/g)].map(([, action]) => action);
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) {
      expect(action).toMatch(
        /^(\.\/\.github\/workflows\/\S+|[\w-]+\/[\w-]+@[0-9a-f]{40} # v[\d.]+)$/,
      );
    }
  });

  test("grants permissions to single jobs only", () => {
    expect(source).toMatch(/^permissions: \{\}$/m);
    const granted = [...source.matchAll(/^ {6}([\w-]+): (read|write)$/gm)].map(
      ([, scope, access]) => `${scope}: ${access}`,
    );
    const own = source === deploy ? ["contents: read", "id-token: write"] : ["contents: read"];
    expect(new Set(granted)).toEqual(new Set(own));
  });

  test("uses no secret, and no expression in a script", () => {
    expect(source).not.toContain("secrets.");
    expect(source).not.toMatch(/run:.*\$\{\{/);
  });
});

test("deploys only after the checks, and does not cancel a running deployment", () => {
  expect(deploy).toContain("uses: ./.github/workflows/check.yml");
  expect(deploy).toMatch(/^ {4}needs: check$/m);
  expect(deploy).toContain("cancel-in-progress: false");
});
