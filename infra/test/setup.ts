import { synthesize } from "@waybill/offline/synth";
import type { TestProject } from "vitest/node";

import { root } from "./root.ts";

/** Evaluates sst.config.ts once for each stage that the infrastructure tests use. */
export default async function setup(project: TestProject): Promise<void> {
  const stages = ["dev", "production", "example-adopted", "example-notified"];
  const evaluated = stages.map(async (stage) => [stage, await synthesize({ root, stage })]);
  const graphs: unknown = Object.fromEntries(await Promise.all(evaluated));
  // Through JSON, as `offline synth --json` prints it: without undefined properties.
  project.provide("graphs", JSON.parse(JSON.stringify(graphs)) as never);
}
