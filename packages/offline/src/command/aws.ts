import { jsonLine } from "../ground/print.ts";
import { offlineCommand } from "../ground/runner.ts";
import type { StackOptions } from "../service/service.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { ensurePlatform } from "../synth/platform.ts";
import { type DevOptions, printEvent, untilStopped } from "./dev.ts";
import { readSettings } from "./settings.ts";

/** Runs the offline AWS of a stage until a signal: SST's CLI deploys to it. */
export async function aws(options: DevOptions): Promise<void> {
  const { root, json } = options;
  await ensurePlatform(root);
  const onEvent = printEvent(json, readSettings(root).line);
  const settings: StackOptions = { ...options, deployable: true, onEvent };
  const stack = await startStack(settings);
  const { endpoint, token, env } = stack;
  process.stdout.write(
    json ? `${jsonLine({ type: "ready", endpoint, token, env })}\n` : readyText(stack, options),
  );
  await untilStopped();
  await stack.close();
}

function readyText(stack: Stack, { stage }: DevOptions): string {
  const { app, resources } = stack.graph;
  const count = resources.filter(({ type }) => type.startsWith("aws:")).length;
  return [
    "",
    `The offline AWS of the stage "${stage}" runs on ${stack.endpoint}.`,
    app.name === ""
      ? "  Nothing is deployed to it."
      : `  ${app.name} is deployed to it, with ${count} resources.`,
    "",
    "  Deploy from another terminal in this folder:",
    `    ${offlineCommand(`sst -- deploy --stage ${stage}`)}`,
    "  or let your shell use it, and type the commands of SST and aws themselves:",
    `    eval "$(${offlineCommand(`env --stage ${stage}`)})"`,
    "",
    `  Ctrl-C stops it. Its data stays in .offline/${stage}.`,
    "",
  ].join("\n");
}
