import fs from "node:fs";
import path from "node:path";

import type * as Esbuild from "esbuild";

import { OfflineError } from "../../ground/error.ts";
import { esbuildOf } from "../../synth/bundle.ts";
import type { GraphFunction } from "../../synth/graph.ts";
import { SourceWatcher } from "./sources.ts";

// `targetMap` and `NODE_EXTENSIONS` of SST (pkg/runtime/node).
const TARGETS: Record<string, string> = {
  "nodejs18.x": "es2022",
  "nodejs20.x": "es2023",
  "nodejs22.x": "es2023",
  "nodejs24.x": "es2024",
};
const EXTENSIONS = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

const BANNER = [
  `import { createRequire as topLevelCreateRequire } from 'module';`,
  `const require = topLevelCreateRequire(import.meta.url);`,
  `import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"`,
  `const __filename = topLevelFileUrlToPath(import.meta.url)`,
  `const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))`,
].join("\n");

/** A bundled function. */
export interface Build {
  /** The folder of the bundle. */
  out: string;
  /** `bundle.<export>`, relative to `out`. */
  handler: string;
  /** A program that speaks the Runtime API itself, in the place of Node's runtime. */
  program?: string;
}

/** Keeps a build up to date until it is closed. */
export interface Builder {
  build: Build;
  close(): Promise<void>;
}

function sourceOf(root: string, fn: GraphFunction): { file: string; handler: string } {
  const { dir, name, ext } = path.parse(fn.handler);
  const stem = path.join(root, dir, name);
  const file = EXTENSIONS.map((extension) => stem + extension).find((candidate) =>
    fs.existsSync(candidate),
  );
  if (file === undefined || ext === "") {
    throw new OfflineError(
      "function.no_handler",
      `the handler "${fn.handler}" of ${fn.id} does not exist. It must be path/to/file.export, relative to ${root}.`,
    );
  }
  return { file, handler: `bundle${ext}` };
}

/**
 * The `nodejs` property of a function. SST passes on these options of `esbuild`, and drops others.
 */
interface NodejsProperties {
  format?: "esm" | "cjs";
  minify?: boolean;
  install?: string[] | Record<string, string>;
  banner?: string;
  loader?: Record<string, Esbuild.Loader>;
  plugins?: string;
  splitting?: boolean;
  esbuild?: Pick<Esbuild.BuildOptions, (typeof PASSED_ON)[number]> & { external?: string[] };
}

const PASSED_ON = [
  "conditions",
  "define",
  "keepNames",
  "mainFields",
  "nodePaths",
  "sourcemap",
  "target",
] as const;

/** Returns the esbuild options of SST 3.19.3 (pkg/runtime/node/build.go). */
function options(root: string, fn: GraphFunction, file: string, out: string): Esbuild.BuildOptions {
  const nodejs: NodejsProperties = fn.nodejs;
  for (const name of ["plugins", "splitting"] as const) {
    if (nodejs[name] !== undefined && nodejs[name] !== false) {
      throw new OfflineError(
        "function.unknown_option",
        `${fn.id} sets nodejs.${name}, which offline does not support: its bundle would differ from the deployed one.`,
      );
    }
  }
  const { esbuild = {}, install = [] } = nodejs;
  const isCjs = nodejs.format === "cjs";
  const banner = isCjs ? [] : [BANNER];
  const passedOn = PASSED_ON.filter((name) => esbuild[name] !== undefined);
  return {
    keepNames: true,
    mainFields: isCjs ? ["main"] : ["module", "main"],
    sourcemap: "linked",
    target: TARGETS[fn.runtime] ?? "esnext",
    ...Object.fromEntries(passedOn.map((name) => [name, esbuild[name]])),
    entryPoints: [file],
    outfile: path.join(out, isCjs ? "bundle.cjs" : "bundle.mjs"),
    absWorkingDir: root,
    write: false,
    platform: "node",
    format: isCjs ? "cjs" : "esm",
    bundle: true,
    metafile: true,
    minify: nodejs.minify === true,
    external: [
      "sharp",
      "pg-native",
      ...(Array.isArray(install) ? install : Object.keys(install)),
      ...(esbuild.external ?? []),
    ],
    loader: nodejs.loader ?? {},
    banner: { js: [...banner, nodejs.banner ?? ""].join("\n") },
    logLevel: "silent",
  };
}

/** Writes files atomically, because a worker can load them at any time. */
function writeFiles(files: Esbuild.OutputFile[]): void {
  for (const { path: file, contents } of files) {
    fs.writeFileSync(`${file}.new`, contents);
    fs.renameSync(`${file}.new`, file);
  }
}

/**
 * Bundles a function as SST does, and again when one of its sources changes. `onRebuild` is called
 * after each later build, with the first error and its location if the build failed.
 *
 * With `tolerateBuildErrors`, a first build that fails is reported in the same way, and the
 * previous bundle stays in place. Otherwise, throws `OfflineError` (`function.build_failed`).
 * Always throws `OfflineError` (`function.no_handler`, `function.unknown_option`) for a function
 * that cannot be built.
 */
export async function buildFunction(
  paths: { root: string; platform: string; out: string },
  fn: GraphFunction,
  onRebuild: (error?: string) => void,
  { tolerateBuildErrors = false } = {},
): Promise<Builder> {
  const { file, handler } = sourceOf(paths.root, fn);
  // The runtime could load a bundle of another format that an earlier start has left.
  if (!tolerateBuildErrors) fs.rmSync(paths.out, { recursive: true, force: true });
  fs.mkdirSync(paths.out, { recursive: true });
  // Not in watch mode, in which the process of esbuild would outlive this one if it is killed.
  const context = await esbuildOf(paths.platform).context(options(paths.root, fn, file, paths.out));
  const sources = new SourceWatcher(async () => onRebuild(await rebuild()));
  const rebuild = async (): Promise<string | undefined> => {
    const { error, files } = await buildOnce(context);
    const sourceFiles = files.map((name) => path.resolve(paths.root, name));
    if (error === undefined) sources.watch(sourceFiles);
    else sources.watchFoldersOf([file, ...sourceFiles]);
    return error;
  };
  const close = async () => {
    await sources.close();
    await context.dispose();
  };
  const error = await rebuild();
  if (error !== undefined && tolerateBuildErrors) onRebuild(error);
  else if (error !== undefined) {
    await close();
    throw new OfflineError("function.build_failed", `${fn.id}: ${error}`);
  }
  return { build: { out: paths.out, handler }, close };
}

/**
 * Writes the bundle and returns its source files. If the build fails, returns the first error with
 * its location, and the file of the error.
 */
async function buildOnce(
  context: Esbuild.BuildContext,
): Promise<{ error?: string; files: string[] }> {
  try {
    const { outputFiles = [], metafile } = await context.rebuild();
    writeFiles(outputFiles);
    return { files: Object.keys(metafile?.inputs ?? {}) };
  } catch (error) {
    const [first] = (error as Partial<Esbuild.BuildFailure>).errors ?? [];
    if (!first) throw error;
    const { location } = first;
    if (!location) return { error: first.text, files: [] };
    return { error: `${location.file}:${location.line}: ${first.text}`, files: [location.file] };
  }
}
