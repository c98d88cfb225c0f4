import { printable } from "../ground/print.ts";
import { checkStage } from "../stack/stage-files.ts";
import { synthesize } from "../synth/synthesize.ts";
import { writeBindingTypes } from "../synth/types.ts";

export interface SynthOptions {
  root: string;
  stage: string;
  /** Whether to print the whole graph, instead of a line for each resource. */
  json: boolean;
  /** Whether to update every `sst-env.d.ts` that is out of date. */
  types: boolean;
}

/** Prints the resources that a deployment of the stage would create. */
export async function synth({ root, stage, json, types }: SynthOptions): Promise<void> {
  checkStage(stage);
  const graph = await synthesize({ root, stage });
  if (types) {
    for (const file of writeBindingTypes(graph, root)) process.stderr.write(`wrote ${file}\n`);
  }
  const lines = graph.resources.map(({ type, name, id }) => `${type}  ${name}  ${id}`);
  process.stdout.write(`${json ? JSON.stringify(graph, null, 2) : lines.join("\n")}\n`);
  for (const warning of graph.warnings) process.stderr.write(`warning: ${printable(warning)}\n`);
}
