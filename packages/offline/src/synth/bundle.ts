import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import type * as Esbuild from "esbuild";

import { OfflineError } from "../ground/error.ts";

/** The esbuild that this version of SST bundles with. */
export function esbuildOf(platform: string): typeof Esbuild {
  return createRequire(path.join(platform, "package.json"))("esbuild") as typeof Esbuild;
}

/** SST draws the random part of a physical name anew at every evaluation; here the name decides it. */
const stableNames: Esbuild.Plugin = {
  name: "stable-names",
  setup(build) {
    build.onLoad({ filter: /src[\\/]components[\\/]naming\.ts$/ }, ({ path: file }) => {
      const source = fs.readFileSync(file, "utf8");
      const random = 'crypto.randomBytes(8).toString("hex")';
      if (!source.includes(random)) {
        throw new OfflineError(
          "synth.unknown_platform",
          `${file} no longer names resources as this version of offline expects. Use sst 3.19.3 or 4.17.1.`,
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

/** `sst` and `aws` are globals in a config: SST's CLI puts these imports above every file of the app. */
function globals(platform: string): Esbuild.Plugin {
  const header = `import * as aws from "@pulumi/aws";import * as sst from ${JSON.stringify(`${platform}/src/components`)};`;
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

/** A config that can be imported. */
export interface Bundle {
  /** Inside `platform`, so that Pulumi is found from there: whoever has it removes it. */
  outfile: string;
  /** Where each part of `outfile` comes from: a source map, as JSON. */
  map: string;
  /** What of the app is in it, relative to its root. */
  sources: string[];
}

/** An evaluation that has not come to an import after so long was killed. */
const ABANDONED_MILLISECONDS = 60_000;

/**
 * Writes to the first name that no other evaluation has. A name of its own for each would leave an entry of its own in
 * Node's compile cache.
 */
function writeBeside(platform: string, code: string): string {
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
 * Bundles `sst.config.ts` with SST's own components, as the SST CLI does, into one module that exports
 * `config`, and `evaluate` for its `run`. `$app`, `$cli` and `$dev` are read from `globalThis` when it runs.
 * @param platform without symbolic links, since esbuild sees none.
 * @throws OfflineError `synth.config_invalid` with file and line, when it cannot be bundled.
 */
export async function bundleConfig(root: string, platform: string): Promise<Bundle> {
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
      plugins: [stableNames, globals(platform)],
    });
    const inputs = Object.keys(metafile.inputs).map((input) => path.resolve(root, input));
    const sources = inputs.filter((file) => isOfApp(file, platform) && fs.existsSync(file));
    const text = (ending: string) =>
      outputFiles.find((file) => file.path.endsWith(ending))?.text ?? "";
    return {
      outfile: writeBeside(platform, text(".mjs")),
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
