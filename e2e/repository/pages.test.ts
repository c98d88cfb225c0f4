import fs from "node:fs";
import path from "node:path";

import { describe, expect, test } from "vitest";

import manifest from "../../package.json" with { type: "json" };
import { proseProblems, slugs, withoutCode } from "./markdown.ts";

const root = path.join(import.meta.dirname, "../..");
const SKIPPED = new Set([".git", ".sst", ".offline", ".cache", "node_modules", "dist"]);

/** All files of the repository, as paths from its root. Links to files are not followed. */
function filesBelow(folder: string): string[] {
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(file);
    return entry.isFile() ? [file] : [];
  });
}

const files = filesBelow("");
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8");
const pages = files.filter((file) => file.endsWith(".md"));

describe.each(pages)("%s", (page) => {
  const source = read(page);

  test("has only relative links that resolve, to headings as well", () => {
    const links = [...withoutCode(source).matchAll(/\]\(([^)\s]+)\)/g)].map(
      ([, link = ""]) => link,
    );
    const broken = links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [target = "", anchor] = link.split("#");
        const file = target === "" ? page : path.join(path.dirname(page), target);
        if (!fs.existsSync(path.join(root, file))) return true;
        return anchor !== undefined && !slugs(read(file)).has(anchor);
      });
    expect(broken).toEqual([]);
  });

  test("has one sentence per line", () => {
    expect(proseProblems(source)).toEqual([]);
  });
});

test("AGENTS.md has at most 100 lines and README.md at most 200", () => {
  const lines = (file: string) => read(file).trimEnd().split("\n").length;
  expect(lines("AGENTS.md")).toBeLessThanOrEqual(100);
  expect(lines("README.md")).toBeLessThanOrEqual(200);
});

test("CLAUDE.md is a link to AGENTS.md", () => {
  expect(fs.readlinkSync(path.join(root, "CLAUDE.md"))).toBe("AGENTS.md");
});

describe.each([
  "AGENTS.md",
  "CONTRIBUTING.md",
  "README.md",
  "docs/architecture.md",
  "docs/runbook.md",
  "docs/testing.md",
])("%s names only what exists:", (page) => {
  const spans = [...read(page).matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
  const commands = [
    ...read(page).matchAll(/(?:^|[`$(] ?)(?:npx --yes )?pnpm(?:@[\d.]+)? ([^`\n#]+)/gm),
  ];

  test("paths", () => {
    const named = spans
      .filter((span) => /^(?:packages|infra|e2e|docs|examples|\.github|\.ci)\/[^\s*]*$/.test(span))
      .map((span) => span.replace(/<[^>]*>.*$/, "").replace(/#.*$/, ""))
      .flatMap(expandBraces);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !fs.existsSync(path.join(root, name)))).toEqual([]);
  });

  test("scripts of package.json", () => {
    const own = new Set(["install", "exec", "pack", ...Object.keys(manifest.devDependencies)]);
    const scripts = commands.map(([, command = ""]) => /^(?:run )?([\w:-]+)/.exec(command)?.[1]);
    const unknown = scripts.filter(
      (script) => script !== undefined && !own.has(script) && !(script in manifest.scripts),
    );
    expect(unknown).toEqual([]);
  });

  test("projects of vitest.config.ts", () => {
    const projects = commands.flatMap(([, command = ""]) =>
      [...command.matchAll(/--project (\w+)/g)].map(([, name = ""]) => name),
    );
    const config = read("vitest.config.ts");
    expect(projects.filter((name) => !config.includes(`name: "${name}"`))).toEqual([]);
  });

  test("paths of tests in commands", () => {
    const words = commands
      .map(([, command = ""]) => command)
      .filter((command) => command.includes("vitest"))
      .flatMap((command) => command.split(/\s+/))
      .filter((word) => word.includes("/") && !word.includes("<"));
    expect(words.filter((name) => !fs.existsSync(path.join(root, name)))).toEqual([]);
  });
});

/** Expands one `{a,b}` of a path. */
function expandBraces(name: string): string[] {
  const [, before, inner, after] = /^(.*)\{(.*)\}(.*)$/.exec(name) ?? [];
  if (inner === undefined) return [name];
  return inner.split(",").map((each) => `${before}${each}${after}`);
}

test("every printed command names the pinned pnpm", () => {
  const texts = [...pages, "package.json", ...files.filter((file) => /\/src\/.*\.ts$/.test(file))];
  const pins = texts.flatMap((file) =>
    [...read(file).matchAll(/\bpnpm@\d[\d.]*\d/g)].map(([pin]) => `${file}: ${pin}`),
  );
  expect(pins.length).toBeGreaterThan(0);
  expect(pins.filter((pin) => !pin.endsWith(` ${manifest.packageManager}`))).toEqual([]);
});

test("the spelling is `catalog` everywhere, except in addresses of others", () => {
  const british = ["catalog", "ue"].join("");
  const isText = (file: string) => !/\.(?:patch|png|svg)$|pnpm-lock/.test(file);
  const has = (text: string) =>
    text
      .replaceAll(/https?:\S+/g, "")
      .toLowerCase()
      .includes(british);
  expect(files.filter((file) => isText(file) && (has(file) || has(read(file))))).toEqual([]);
});
