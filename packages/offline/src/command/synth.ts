import { printable } from "../ground/print.ts";
import { checkStage } from "../stack/stage-files.ts";
import { synthesize } from "../synth/synthesize.ts";
import { writeBindingTypes } from "../synth/types.ts";

export interface SynthCommand {
  root: string;
  stage: string;
  /** Print the whole graph, instead of a line for each resource. */
  json: boolean;
  /** Write `sst-env.d.ts` where it is out of date. */
  types: boolean;
}

/** Prints what a deployment of the stage would create. */
export async function synth({ root, stage, json, types }: SynthCommand): Promise<void> {
  checkStage(stage);
  const graph = await synthesize({ root, stage });
  if (types) {
    for (const file of writeBindingTypes(graph, root)) process.stderr.write(`wrote ${file}\n`);
  }
  const lines = graph.resources.map(({ type, name, id }) => `${type}  ${name}  ${id}`);
  process.stdout.write(`${json ? JSON.stringify(graph, null, 2) : lines.join("\n")}\n`);
  for (const warning of graph.warnings) process.stderr.write(`warning: ${printable(warning)}\n`);
}
