import fs from "node:fs";
import path from "node:path";

import type * as Esbuild from "esbuild";

import { OfflineError } from "../../ground/error.ts";
import { esbuildOf } from "../../synth/bundle.ts";
import type { GraphFunction } from "../../synth/graph.ts";
import { Sources } from "./sources.ts";

// SST's `targetMap` and `NODE_EXTENSIONS` (pkg/runtime/node in its sources).
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

/** Where a function is built, and what to run there. */
export interface Build {
  out: string;
  /** `bundle.<export>`, as SST names it. */
  handler: string;
}

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
      `the handler "${fn.handler}" of ${fn.id} is not there: it must be path/to/file.export, below ${root}.`,
    );
  }
  return { file, handler: `bundle${ext}` };
}

/** The `nodejs` property of a function. Of `esbuild`, SST passes these options on, and drops the others. */
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

/** SST's own esbuild options (pkg/runtime/node/build.go of 3.19.3), so that what runs is what is deployed. */
function options(root: string, fn: GraphFunction, file: string, out: string): Esbuild.BuildOptions {
  const nodejs: NodejsProperties = fn.nodejs;
  for (const name of ["plugins", "splitting"] as const) {
    if (nodejs[name] !== undefined && nodejs[name] !== false) {
      throw new OfflineError(
        "function.unknown_option",
        `${fn.id} is bundled with nodejs.${name}, which offline does not know: what ran here would not be what is deployed.`,
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

/** A worker that starts meanwhile loads the old file or the new one, and never a part of it. */
function replace(files: Esbuild.OutputFile[]): void {
  for (const { path: file, contents } of files) {
    fs.writeFileSync(`${file}.new`, contents);
    fs.renameSync(`${file}.new`, file);
  }
}

/**
 * Bundles a function as SST would deploy it, and again whenever one of its sources changes.
 *
 * esbuild's own watch mode is not used: it keeps esbuild's process from ending with this one when this one is killed.
 * @param onRebuild is told of every later build: nothing when it went well, else the first error with its place.
 * `patient`: a first build that fails is told of in the same way, and what was built before in this place goes on.
 * @throws OfflineError `function.no_handler`, `function.unknown_option`, `function.build_failed` with file and line.
 */
export async function buildFunction(
  paths: { root: string; platform: string; out: string },
  fn: GraphFunction,
  onRebuild: (error?: string) => void,
  { patient = false } = {},
): Promise<Builder> {
  const { file, handler } = sourceOf(paths.root, fn);
  // A bundle of another format, of an earlier start, could be found first.
  if (!patient) fs.rmSync(paths.out, { recursive: true, force: true });
  fs.mkdirSync(paths.out, { recursive: true });
  const context = await esbuildOf(paths.platform).context(options(paths.root, fn, file, paths.out));
  const sources = new Sources(async () => onRebuild(await rebuild()));
  const rebuild = async (): Promise<string | undefined> => {
    const { error, files } = await attempt(context);
    const sourceFiles = files.map((name) => path.resolve(paths.root, name));
    if (error === undefined) sources.watch(sourceFiles);
    else sources.watchAround([file, ...sourceFiles]);
    return error;
  };
  const close = async () => {
    await sources.close();
    await context.dispose();
  };
  const error = await rebuild();
  if (error !== undefined && patient) onRebuild(error);
  else if (error !== undefined) {
    await close();
    throw new OfflineError("function.build_failed", `${fn.id}: ${error}`);
  }
  return { build: { out: paths.out, handler }, close };
}

/** Builds once. @returns what went into the bundle, which is written then; or the first error with its place, and where that is. */
async function attempt(
  context: Esbuild.BuildContext,
): Promise<{ error?: string; files: string[] }> {
  try {
    const { outputFiles = [], metafile } = await context.rebuild();
    replace(outputFiles);
    return { files: Object.keys(metafile?.inputs ?? {}) };
  } catch (error) {
    const [first] = (error as Partial<Esbuild.BuildFailure>).errors ?? [];
    if (!first) throw error;
    const { location } = first;
    if (!location) return { error: first.text, files: [] };
    return { error: `${location.file}:${location.line}: ${first.text}`, files: [location.file] };
  }
}
