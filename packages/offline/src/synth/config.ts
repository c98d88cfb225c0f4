import { OfflineError } from "../ground/error.ts";
import type { Inputs } from "./graph.ts";

/** The argument of `$config` in `sst.config.ts`. */
export interface Config {
  app(input: { stage: string }): unknown;
  run(): Promise<Inputs>;
}

export interface App {
  name: string;
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
