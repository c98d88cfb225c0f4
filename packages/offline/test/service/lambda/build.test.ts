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

/** Builds `fn.handler` of a folder. `rebuilds` has the result of every later build. */
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
  return { rebuilds, invoke: () => invoke(path.join(root, "out", "bundle.mjs")) };
}

async function invoke(bundle: string): Promise<unknown> {
  const { handler } = (await import(`${pathToFileURL(bundle).href}?${crypto.randomUUID()}`)) as {
    handler: () => unknown;
  };
  return handler();
}

test("builds a function again when one of its sources changes", async () => {
  const root = folder();
  fs.mkdirSync(path.join(root, "lib"));
  fs.writeFileSync(path.join(root, "lib/answer.ts"), "export const answer = 1;");
  fs.writeFileSync(
    path.join(root, "fn.ts"),
    'import { answer } from "./lib/answer.ts"; export const handler = () => answer;',
  );
  const { rebuilds, invoke: call } = await build(root);
  expect(await call()).toBe(1);

  // Replaces the file, as editors do.
  fs.writeFileSync(path.join(root, "lib/answer.ts.swp"), "export const answer: number = 2;");
  fs.renameSync(path.join(root, "lib/answer.ts.swp"), path.join(root, "lib/answer.ts"));

  await expect.poll(() => rebuilds, { timeout: 10_000 }).toEqual([undefined]);
  expect(await call()).toBe(2);
});

test("reports the location of a build error, and keeps the last build", async () => {
  const root = folder();
  fs.writeFileSync(path.join(root, "fn.ts"), "export const handler = () => 1;");
  const { rebuilds, invoke: call } = await build(root);

  fs.writeFileSync(path.join(root, "fn.ts"), "export const handler = () => ;");

  await expect
    .poll(() => rebuilds, { timeout: 10_000 })
    .toEqual([expect.stringMatching(/^fn\.ts:1: /)]);
  expect(await call()).toBe(1);
});

test("builds again when a missing source is created", async () => {
  const root = folder();
  fs.writeFileSync(path.join(root, "fn.ts"), "export const handler = () => 1;");
  const { rebuilds, invoke: call } = await build(root);
  fs.writeFileSync(
    path.join(root, "fn.ts"),
    'import { answer } from "./answer.ts"; export const handler = () => answer;',
  );
  await expect.poll(() => rebuilds.length, { timeout: 10_000 }).toBe(1);

  fs.writeFileSync(path.join(root, "answer.ts"), "export const answer = 3;");

  await expect.poll(() => rebuilds.at(-1), { timeout: 10_000 }).toBeUndefined();
  expect(await call()).toBe(3);
});

test("builds again when a broken new source in a new folder is fixed", async () => {
  const root = folder();
  const write = (file: string, code: string) => fs.writeFileSync(path.join(root, file), code);
  write("fn.ts", "export const handler = () => 1;");
  const { rebuilds, invoke: call } = await build(root);
  fs.mkdirSync(path.join(root, "new"));
  write("new/answer.ts", "export const answer = ;");
  write("fn.ts", 'import { answer } from "./new/answer.ts"; export const handler = () => answer;');
  await expect
    .poll(() => rebuilds, { timeout: 10_000 })
    .toEqual([expect.stringMatching(/^new\/answer\.ts:1: /)]);

  write("new/answer.ts", "export const answer = 2;");

  await expect.poll(() => rebuilds.at(-1), { timeout: 10_000 }).toBeUndefined();
  expect(await call()).toBe(2);
});

describe("bundles as SST does:", () => {
  const bundleOf = (root: string) => fs.readFileSync(path.join(root, "out/bundle.mjs"), "utf8");

  test("an ES module with require, readable names and a source map", async () => {
    const root = folder();
    fs.writeFileSync(
      path.join(root, "fn.ts"),
      `export const handler = () => [typeof require, __filename, handler.name];`,
    );
    const { invoke: call } = await build(root, { minify: true, banner: "/* own */" });

    expect(await call()).toEqual(["function", path.join(root, "out/bundle.mjs"), "handler"]);
    expect(bundleOf(root)).toContain("/* own */");
    expect(bundleOf(root)).toContain("//# sourceMappingURL=bundle.mjs.map");
  });

  test("only the esbuild options that SST passes on take effect", async () => {
    const root = folder();
    fs.writeFileSync(path.join(root, "fn.ts"), "export const handler = () => [WORD, a => a];");
    await build(root, { esbuild: { define: { WORD: '"said"' }, sourcemap: false, minify: true } });

    expect(bundleOf(root)).toContain(
      'var handler = /* @__PURE__ */ __name(() => ["said", (a) => a]',
    );
    expect(fs.readdirSync(path.join(root, "out"))).toEqual(["bundle.mjs"]);
  });

  test("CommonJS replaces an earlier ES module", async () => {
    const root = folder();
    fs.writeFileSync(path.join(root, "fn.ts"), "export const handler = () => typeof module;");
    await build(root);
    await build(root, { format: "cjs", esbuild: { sourcemap: false } });

    expect(fs.readdirSync(path.join(root, "out"))).toEqual(["bundle.cjs"]);
    expect(await invoke(path.join(root, "out/bundle.cjs"))).toBe("object");
  });

  test.each([{ plugins: "plugins.mjs" }, { splitting: true }])(
    "rejects an unsupported option: %o",
    async (nodejs) => {
      const root = folder();
      fs.writeFileSync(path.join(root, "fn.ts"), "export const handler = () => 1;");

      await expect(build(root, nodejs)).rejects.toMatchObject({ code: "function.unknown_option" });
    },
  );
});

test("no process of esbuild is left when a busy process is killed", async () => {
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
