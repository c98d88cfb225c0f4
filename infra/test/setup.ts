import type { TestProject } from "vitest/node";

import { synthesize } from "../../packages/offline/src/synth/index.ts";
import { root } from "./root.ts";

/** Runs before the infrastructure tests: evaluates sst.config.ts once for each stage they look at. */
export default async function setup(project: TestProject): Promise<void> {
  const graphs: Record<string, unknown> = {};
  for (const stage of ["dev", "production", "example-adopted"])
    graphs[stage] = await synthesize({ root, stage });
  // Through JSON, as `offline synth --json` prints it: what is undefined is not there.
  project.provide("graphs", JSON.parse(JSON.stringify(graphs)) as never);
}
