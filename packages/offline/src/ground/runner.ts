import fs from "node:fs";
import path from "node:path";

/** pnpm's version, if it has started this process: https://docs.npmjs.com/cli/v11/using-npm/config#user-agent */
const pnpmVersion = (): string | undefined =>
  /^pnpm\/(\d+\.\d+\.\d+)/.exec(process.env["npm_config_user_agent"] ?? "")?.[1];

/** A command line of offline that works in this folder, on a machine that may have only Node and npm. */
export function offlineCommand(args: string): string {
  const version = pnpmVersion();
  if (version !== undefined) return `npx --yes pnpm@${version} offline ${args}`;
  const isInstalled = fs.existsSync(path.join("node_modules", ".bin", "offline"));
  const program = isInstalled ? "npx offline" : `node ${path.relative("", process.argv[1] ?? "")}`;
  return `${program} ${args}`;
}

/** A command line that installs the dependencies of the app. */
export function installCommand(): string {
  const version = pnpmVersion();
  return version === undefined ? "npm install" : `npx --yes pnpm@${version} install`;
}
