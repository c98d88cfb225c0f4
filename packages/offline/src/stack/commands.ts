import * as z from "zod";

import type { Commands } from "../edge/control.ts";
import type { Faults } from "../edge/faults.ts";
import type { Meter } from "../edge/meter.ts";
import { OfflineError } from "../ground/error.ts";
import type { Running } from "../service/service.ts";
import type { Graph } from "../synth/graph.ts";

const share = z.number().min(0).max(1);
const FaultsInput = z.object({
  rules: z.array(
    z.object({
      service: z.string(),
      operation: z.exactOptional(z.string()),
      match: z.exactOptional(z.string()),
      kind: z.enum(["throttle", "error", "deny", "timeout", "reset", "lost"]),
      rate: share,
      times: z.exactOptional(z.int().min(0)),
    }),
  ),
  notifications: z
    .object({
      duplicate: share,
      reorder: share,
      delaySeconds: z.int().min(1).max(900),
      drop: z.exactOptional(share),
    })
    .optional(),
  seed: z.int().optional(),
});

/** The control commands of a running stack: its own and those of its services. */
export function commandsOf(
  services: readonly Running[],
  { meter, faults }: { meter: Meter; faults: Faults },
): Commands {
  const own: Commands = {
    ping: () => ({}),
    status: () => ({
      calls: meter.counts(),
      faults: faults.counts(),
      ...(Object.assign({}, ...services.map((running) => running.status?.() ?? {})) as object),
    }),
    "reset-meter": () => meter.reset(),
    faults: (input) => {
      const { rules, notifications, seed } = FaultsInput.parse(input);
      faults.set(rules, notifications, seed);
    },
  };
  return Object.assign(own, ...services.map(({ commands }) => commands)) as Commands;
}

const GraphInput = z.looseObject({
  app: z.object({ name: z.string(), stage: z.string(), protect: z.boolean() }),
  region: z.string(),
  resources: z.array(z.looseObject({ type: z.string(), name: z.string() })),
});

/** The control command with which the engine of a deployment replaces the graph. */
export const deployCommand = (
  stage: string,
  deploy: (graph: Graph) => Promise<string[]>,
): Commands => ({
  async deploy(input) {
    const graph = GraphInput.parse(input);
    if (graph.app.stage !== stage) {
      throw new OfflineError(
        "deploy.other_stage",
        `this is the offline AWS of the stage "${stage}", not of "${graph.app.stage}". Each stage has its own.`,
      );
    }
    return { declared: await deploy(input as Graph) };
  },
});
