import type { TestProject } from "vitest/node";

import { synthesize } from "../../packages/offline/src/synth/index.ts";
import { root } from "./root.ts";

/** Runs before the infrastructure tests: evaluates sst.config.ts once for each stage they look at. */
export default async function setup(project: TestProject): Promise<void> {
  const stages = ["dev", "production", "example-adopted"];
  const evaluated = stages.map(async (stage) => [stage, await synthesize({ root, stage })]);
  const graphs: unknown = Object.fromEntries(await Promise.all(evaluated));
  // Through JSON, as `offline synth --json` prints it: what is undefined is not there.
  project.provide("graphs", JSON.parse(JSON.stringify(graphs)) as never);
}
