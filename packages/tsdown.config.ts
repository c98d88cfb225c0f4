import fs from "node:fs";
import path from "node:path";

const manifest = JSON.parse(fs.readFileSync("package.json", "utf8")) as {
  exports: Record<string, string>;
};

/** `./synth` becomes `dist/synth.js`. */
const entries = Object.entries(manifest.exports).map(([name, file]) => [
  name === "." ? "index" : name.slice(2),
  file,
]);

// Builds the package in the current folder, before it is packed: Node does not strip types in node_modules.
// `dependencies` stay imports. Packages of this workspace are `devDependencies`, which become part of the build.
export default {
  cwd: process.cwd(),
  tsconfig: path.join(import.meta.dirname, "tsconfig.build.json"),
  entry: Object.fromEntries(entries),
  platform: "node",
  target: "node22",
  fixedExtension: false,
  dts: { generator: "tsc" },
  checks: { pluginTimings: false },
  logLevel: "warn",
};
