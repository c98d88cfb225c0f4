import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { describe, expect, onTestFinished, test } from "vitest";

import { buildFunction } from "../../../src/service/lambda/build.ts";
import { eachLine } from "../../../src/ground/lines.ts";
import { ensurePlatform, platformOf } from "../../../src/synth/platform.ts";
import { alive } from "../../../src/ground/process.ts";
import type { Inputs } from "../../../src/synth/graph.ts";

const repository = path.resolve(import.meta.dirname, "../../../../..");

function folder(): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "offline-build-"));
  onTestFinished(() => fs.rmSync(root, { recursive: true }));
  return root;
}

/** Builds `fn.handler` of a folder; every later build is told of in `rebuilds`. */
async function build(root: string, nodejs: Inputs = {}) {
  await ensurePlatform(repository);
  const rebuilds: (string | undefined)[] = [];
  const source = { id: "Fn", handler: "fn.handler", runtime: "nodejs22.x", nodejs };
  const builder = await buildFunction(
    { root, platform: platformOf(repository), out: path.join(root, "out") },
    { ...source, architecture: "arm64", links: {} },
    (error) => rebuilds.push(error),
  );
  onTestFinished(() => builder.close());
  return { rebuilds, answer: () => answerOf(path.join(root, "out", "bundle.mjs")) };
}

async function answerOf(bundle: string): Promise<unknown> {
  const { handler } = (await import(`${pathToFileURL(bundle).href}?${crypto.randomUUID()}`)) as {
    handler: () => unknown;
  };
  return handler();
}

test("a function is built again when one of its sources changes", async () => {
  const root = folder();
  fs.mkdirSync(path.join(root, "lib"));
  fs.writeFileSync(path.join(root, "lib/answer.ts"), "export const answer = 1;");
  fs.writeFileSync(
    path.join(root, "fn.ts"),
    'import { answer } from "./lib/answer.ts"; export const handler = () => answer;',
  );
  const { rebuilds, answer } = await build(root);
  expect(await answer()).toBe(1);

  // As editors do: another file takes its place.
  fs.writeFileSync(path.join(root, "lib/answer.ts.swp"), "export const answer: number = 2;");
  fs.renameSync(path.join(root, "lib/answer.ts.swp"), path.join(root, "lib/answer.ts"));

  await expect.poll(() => rebuilds, { timeout: 10_000 }).toEqual([undefined]);
  expect(await answer()).toBe(2);
});

test("a source that cannot be built is told of with its place, and the last build stays", async () => {
  const root = folder();
  fs.writeFileSync(path.join(root, "fn.ts"), "export const handler = () => 1;");
  const { rebuilds, answer } = await build(root);

  fs.writeFileSync(path.join(root, "fn.ts"), "export const handler = () => ;");

  await expect
    .poll(() => rebuilds, { timeout: 10_000 })
    .toEqual([expect.stringMatching(/^fn\.ts:1: /)]);
  expect(await answer()).toBe(1);
});

test("a source that was missing is noticed when it comes", async () => {
  const root = folder();
  fs.writeFileSync(path.join(root, "fn.ts"), "export const handler = () => 1;");
  const { rebuilds, answer } = await build(root);
  fs.writeFileSync(
    path.join(root, "fn.ts"),
    'import { answer } from "./answer.ts"; export const handler = () => answer;',
  );
  await expect.poll(() => rebuilds.length, { timeout: 10_000 }).toBe(1);

  fs.writeFileSync(path.join(root, "answer.ts"), "export const answer = 3;");

  await expect.poll(() => rebuilds.at(-1), { timeout: 10_000 }).toBeUndefined();
  expect(await answer()).toBe(3);
});

test("a source that is new and broken is built when it is mended, also in a folder of its own", async () => {
  const root = folder();
  const write = (file: string, code: string) => fs.writeFileSync(path.join(root, file), code);
  write("fn.ts", "export const handler = () => 1;");
  const { rebuilds, answer } = await build(root);
  fs.mkdirSync(path.join(root, "new"));
  write("new/answer.ts", "export const answer = ;");
  write("fn.ts", 'import { answer } from "./new/answer.ts"; export const handler = () => answer;');
  await expect
    .poll(() => rebuilds, { timeout: 10_000 })
    .toEqual([expect.stringMatching(/^new\/answer\.ts:1: /)]);

  write("new/answer.ts", "export const answer = 2;");

  await expect.poll(() => rebuilds.at(-1), { timeout: 10_000 }).toBeUndefined();
  expect(await answer()).toBe(2);
});

describe("as SST bundles it", () => {
  const bundleOf = (root: string) => fs.readFileSync(path.join(root, "out/bundle.mjs"), "utf8");

  test("a function is a module that may require, with readable names and a source map", async () => {
    const root = folder();
    fs.writeFileSync(
      path.join(root, "fn.ts"),
      `export const handler = () => [typeof require, __filename, handler.name];`,
    );
    const { answer } = await build(root, { minify: true, banner: "/* own */" });

    expect(await answer()).toEqual(["function", path.join(root, "out/bundle.mjs"), "handler"]);
    expect(bundleOf(root)).toContain("/* own */");
    expect(bundleOf(root)).toContain("//# sourceMappingURL=bundle.mjs.map");
  });

  test("options of esbuild that SST passes on take effect, and others do not", async () => {
    const root = folder();
    fs.writeFileSync(path.join(root, "fn.ts"), "export const handler = () => [WORD, a => a];");
    await build(root, { esbuild: { define: { WORD: '"said"' }, sourcemap: false, minify: true } });

    expect(bundleOf(root)).toContain(
      'var handler = /* @__PURE__ */ __name(() => ["said", (a) => a]',
    );
    expect(fs.readdirSync(path.join(root, "out"))).toEqual(["bundle.mjs"]);
  });

  test("a function may be CommonJS, also where it was a module before", async () => {
    const root = folder();
    fs.writeFileSync(path.join(root, "fn.ts"), "export const handler = () => typeof module;");
    await build(root);
    await build(root, { format: "cjs", esbuild: { sourcemap: false } });

    expect(fs.readdirSync(path.join(root, "out"))).toEqual(["bundle.cjs"]);
    expect(await answerOf(path.join(root, "out/bundle.cjs"))).toBe("object");
  });

  test.each([{ plugins: "plugins.mjs" }, { splitting: true }])(
    "what offline does not know how to bundle is refused: %o",
    async (nodejs) => {
      const root = folder();
      fs.writeFileSync(path.join(root, "fn.ts"), "export const handler = () => 1;");

      await expect(build(root, nodejs)).rejects.toMatchObject({ code: "function.unknown_option" });
    },
  );
});

test("nothing that helps to build is left when a process that is busy is killed", async () => {
  await ensurePlatform(repository);
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      path.join(import.meta.dirname, "builder.ts"),
      folder(),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const lines: string[] = [];
  eachLine(child.stdout, (line) => lines.push(line));
  await expect.poll(() => lines, { timeout: 20_000 }).toContain("pinged");
  const helpers = lines.filter((line) => line !== "pinged").map(Number);
  expect(helpers).not.toEqual([]);

  child.kill("SIGKILL");
  await once(child, "exit");

  await expect.poll(() => helpers.filter((pid) => alive(pid)), { timeout: 10_000 }).toEqual([]);
});
