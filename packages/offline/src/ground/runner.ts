/** pnpm's version, if it has started this process: https://docs.npmjs.com/cli/v11/using-npm/config#user-agent */
const pnpmVersion = (): string | undefined =>
  /^pnpm\/(\d+\.\d+\.\d+)/.exec(process.env["npm_config_user_agent"] ?? "")?.[1];

/** A command line that runs a program of the app on a machine that has only Node and npm. */
export function commandLine(program: string): string {
  const version = pnpmVersion();
  return version === undefined ? `npx ${program}` : `npx --yes pnpm@${version} ${program}`;
}

/** A command line that installs the dependencies of the app. */
export const installCommandLine = (): string =>
  pnpmVersion() === undefined ? "npm install" : commandLine("install");
