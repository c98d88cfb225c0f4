import { OfflineError } from "../ground/error.ts";
import type { Inputs } from "./graph.ts";

/** The argument of `$config` in `sst.config.ts`. */
export interface Config {
  app(input: { stage: string }): unknown;
  run(): Promise<Inputs>;
}

export interface App {
  name: string;
  home: string;
  removal?: string;
  protect?: boolean;
  providers?: Inputs;
}

const invalid = (problem: string) =>
  new OfflineError("synth.config_invalid", `sst.config.ts: ${problem}`);

/**
 * Throws `OfflineError` (`synth.config_invalid`) if the config has no `app` or `run`, as SST's CLI
 * does.
 */
export function checkConfig(config: unknown): asserts config is Config {
  for (const name of ["app", "run"]) {
    const exists = config !== null && typeof config === "object" && name in config;
    if (!exists || typeof (config as Record<string, unknown>)[name] !== "function") {
      throw invalid(`the function ${name} is missing. Write: export default $config({ app, run })`);
    }
  }
}

/** Throws `OfflineError` (`synth.config_invalid`) for a name or home that SST's CLI rejects. */
export function checkApp(app: unknown): asserts app is App {
  const { name, home } = { ...(app as { name?: unknown; home?: unknown } | undefined) };
  if (typeof name !== "string" || !/^[a-z0-9-]+$/i.test(name)) {
    throw invalid("app() must return a `name` of letters, digits and hyphens.");
  }
  if (typeof home !== "string") throw invalid('app() must return a `home`, such as "aws".');
}

/** The providers that are installed with SST's components, by the global that SST declares. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["aws", "@pulumi/aws"],
  ["command", "@pulumi/command"],
  ["dockerbuild", "@pulumi/docker-build"],
  ["random", "@pulumi/random"],
  ["tls", "@pulumi/tls"],
]);

/**
 * Returns the packages of the providers of an app, by the global that SST declares for each. Throws
 * `OfflineError` (`synth.unsupported_provider`) for a provider that offline does not support.
 */
export function providersOf({ home, providers = {} }: App): Map<string, string> {
  const used = Object.entries(providers).filter(([, value]) => value !== false);
  const names = used.map(([name]) => name).concat(home === "local" ? [] : home);
  return new Map(
    names.map((name) => {
      const alias = name.replace(/^@pulumi\//, "").replaceAll("-", "");
      const imported = PROVIDERS.get(alias);
      if (imported !== undefined) return [alias, imported];
      throw new OfflineError(
        "synth.unsupported_provider",
        `sst.config.ts: the app uses the provider "${name}", which offline does not support. ` +
          `It supports ${[...PROVIDERS.values()].join(", ")}.`,
      );
    }),
  );
}
