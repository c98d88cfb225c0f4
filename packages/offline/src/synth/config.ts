import { OfflineError } from "../ground/error.ts";
import type { Inputs } from "./graph.ts";

/** What `sst.config.ts` hands to `$config`. */
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

/** @throws OfflineError `synth.config_invalid`, where SST's CLI would refuse it too. */
export function checkConfig(config: unknown): asserts config is Config {
  for (const name of ["app", "run"]) {
    const isThere = config !== null && typeof config === "object" && name in config;
    if (!isThere || typeof (config as Record<string, unknown>)[name] !== "function") {
      throw invalid(
        `it must say: export default $config({ app, run }). There is no function ${name}.`,
      );
    }
  }
}

/** @throws OfflineError `synth.config_invalid`, where SST's CLI would refuse it too. */
export function checkApp(app: unknown): asserts app is App {
  const { name, home } = { ...(app as { name?: unknown; home?: unknown } | undefined) };
  if (typeof name !== "string" || !/^[a-z0-9-]+$/i.test(name)) {
    throw invalid("app() must return a name of letters, digits and hyphens.");
  }
  if (typeof home !== "string") throw invalid('app() must return a home, such as "aws".');
}
