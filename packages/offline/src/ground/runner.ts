import fs from "node:fs";
import path from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** The package manager that started this process. */
export interface PackageManager {
  /** Such as `pnpm`. Empty if no package manager started this process. */
  readonly name: string;
  readonly version: string;
  /** Its executable, or its script for Node. */
  readonly file: string | undefined;
}

/** Reads the environment variables that a package manager sets for the programs that it runs. */
export function packageManager(env: Environment = process.env): PackageManager {
  const [name = "", version = ""] =
    (env["npm_config_user_agent"] ?? "").split(" ", 1)[0]?.split("/") ?? [];
  return { name, version, file: env["npm_execpath"] };
}

/**
 * Returns the command that runs `offline` with these arguments in the way in which this process was
 * started.
 */
export function offlineCommand(args: string, env: Environment = process.env): string {
  const manager = packageManager(env);
  return `${manager.name === "" ? ownCommand() : `${prefix(manager)} offline`} ${args}`;
}

function ownCommand(): string {
  const isInstalled = fs.existsSync(path.join("node_modules", ".bin", "offline"));
  return isInstalled ? "npx offline" : `node ${path.relative("", process.argv[1] ?? "")}`;
}

/**
 * Returns how a package manager runs a program of an installed package: the words before its name.
 */
function prefix({ name, version, file }: PackageManager): string {
  switch (name) {
    case "pnpm":
      // A machine that runs pnpm with npx may not have pnpm itself.
      return file?.includes(`${path.sep}_npx${path.sep}`) ? `npx --yes pnpm@${version}` : "pnpm";
    case "bun":
      return "bunx";
    case "yarn":
      return "yarn";
    default:
      return "npx";
  }
}

/** Returns the command that installs the dependencies of the app. */
export function installCommand(env: Environment = process.env): string {
  const manager = packageManager(env);
  return `${manager.name === "pnpm" ? prefix(manager) : manager.name || "npm"} install`;
}
