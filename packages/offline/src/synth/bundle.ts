import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import type * as Esbuild from "esbuild";

import { OfflineError } from "../ground/error.ts";

/** Returns the esbuild with which this version of SST bundles. */
export function esbuildOf(platform: string): typeof Esbuild {
  return createRequire(path.join(platform, "package.json"))("esbuild") as typeof Esbuild;
}

/** Makes physical names stable. In SST, each evaluation generates new random suffixes. */
const stableNames: Esbuild.Plugin = {
  name: "stable-names",
  setup(build) {
    build.onLoad({ filter: /src[\\/]components[\\/]naming\.ts$/ }, ({ path: file }) => {
      const source = fs.readFileSync(file, "utf8");
      const random = 'crypto.randomBytes(8).toString("hex")';
      if (!source.includes(random)) {
        throw new OfflineError(
          "synth.unknown_platform",
          `offline does not know how this version of SST names resources (${file}). Use sst 3.19.3 or 4.17.1.`,
        );
      }
      return {
        contents: source.replace(random, "`${$app.name}/${$app.stage}/${name}`"),
        loader: "ts",
      };
    });
  },
};

const isOfApp = (file: string, platform: string) =>
  !file.startsWith(platform + path.sep) && !file.includes(`${path.sep}node_modules${path.sep}`);

/**
 * Adds the imports of `sst` and of the providers, which are globals in a config, to every file of
 * the app, as SST's CLI does.
 */
function globals(platform: string, providers: Providers): Esbuild.Plugin {
  const packages = [...providers, ["sst", `${platform}/src/components`] as const];
  const header = packages
    .map(([name, from]) => `import * as ${name} from ${JSON.stringify(from)};`)
    .join("");
  return {
    name: "globals",
    setup(build) {
      build.onLoad({ filter: /\.(js|ts|jsx|tsx)$/ }, ({ path: file }) =>
        isOfApp(file, platform)
          ? { contents: header + fs.readFileSync(file, "utf8"), loader: "default" }
          : undefined,
      );
    },
  };
}

/** The packages that are globals in a config, by name. */
export type Providers = ReadonlyMap<string, string>;

/** The providers of an app that lists none. */
export const DEFAULT_PROVIDERS: Providers = new Map([["aws", "@pulumi/aws"]]);

/** A bundled config. */
export interface Bundle {
  /** The module, in `platform`, from where it can import Pulumi. The caller deletes it. */
  outfile: string;
  /** The source map of `outfile`, as JSON. */
  map: string;
  /** The source files of the app, relative to its root. */
  sources: string[];
}

/** A bundle that has not been imported in this time belongs to an evaluation that was killed. */
const ABANDONED_MILLISECONDS = 60_000;

/**
 * Writes the bundle to a file that no other evaluation uses. File names are reused, because Node's
 * compile cache keeps an entry for each.
 */
function writeBundle(platform: string, code: string): string {
  for (let number = 0; ; number++) {
    const file = path.join(platform, `offline-${number}.mjs`);
    try {
      const age = Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
      if (age > ABANDONED_MILLISECONDS) fs.rmSync(file, { force: true });
      fs.writeFileSync(file, code, { flag: "wx" });
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/**
 * Bundles `sst.config.ts` with SST's own components, as SST's CLI does. The module exports
 * `config`, and `evaluate`, which evaluates its `run`. It reads `$app`, `$cli` and `$dev` from
 * `globalThis` when it runs. `platform` must not contain symbolic links, because esbuild resolves
 * them. Throws `OfflineError` (`synth.config_invalid`), with file and line, if the config cannot be
 * bundled.
 */
export async function bundleConfig(
  root: string,
  platform: string,
  providers: Providers = DEFAULT_PROVIDERS,
): Promise<Bundle> {
  const config = path.join(root, "sst.config.ts");
  try {
    const { metafile, outputFiles } = await esbuildOf(platform).build({
      stdin: {
        contents: [
          `export { run as evaluate } from ${JSON.stringify(`${platform}/src/auto/run.ts`)};`,
          `import * as module from ${JSON.stringify(config)};`,
          "export const config = module.default;",
        ].join("\n"),
        resolveDir: root,
        sourcefile: "offline.ts",
        loader: "ts",
      },
      outfile: path.join(platform, "offline.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      mainFields: ["module", "main"],
      sourcemap: "external",
      sourcesContent: false,
      metafile: true,
      write: false,
      logLevel: "silent",
      absWorkingDir: root,
      nodePaths: [path.join(platform, "node_modules")],
      external: [
        "@pulumi/*",
        "@pulumiverse/*",
        "@sst-provider/*",
        "@aws-sdk/*",
        "undici",
        "esbuild",
        "archiver",
        "glob",
        "vite",
      ],
      define: { $app: "globalThis.$app", $cli: "globalThis.$cli", $dev: "globalThis.$dev" },
      inject: [path.join(platform, "src/shim/run.js")],
      banner: {
        js: [
          "import { createRequire as topLevelCreateRequire } from 'module';",
          "const require = topLevelCreateRequire(import.meta.url);",
          "import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from 'url';",
          "const __filename = topLevelFileUrlToPath(import.meta.url);",
          "const __dirname = topLevelFileUrlToPath(new topLevelURL('.', import.meta.url));",
        ].join("\n"),
      },
      plugins: [stableNames, globals(platform, providers)],
    });
    const inputs = Object.keys(metafile.inputs).map((input) => path.resolve(root, input));
    const sources = inputs.filter((file) => isOfApp(file, platform) && fs.existsSync(file));
    const text = (ending: string) =>
      outputFiles.find((file) => file.path.endsWith(ending))?.text ?? "";
    return {
      outfile: writeBundle(platform, text(".mjs")),
      map: text(".map"),
      sources: sources.map((file) => path.relative(root, file)).toSorted(),
    };
  } catch (cause) {
    const [first] = (cause as Partial<Esbuild.BuildFailure>).errors ?? [];
    if (!first) throw cause;
    const at = first.location ? `${first.location.file}:${first.location.line}: ` : "";
    throw new OfflineError("synth.config_invalid", `${at}${first.text}`, { cause });
  }
}
