import * as z from "zod";

import { OfflineError } from "../ground/error.ts";
import type { Inputs } from "../synth/graph.ts";
import type { Step } from "./event-log.ts";
import { plain } from "./properties.ts";

const DYNAMIC = "pulumi-nodejs:dynamic:Resource";

/**
 * The resources that SST's own CLI makes, and that offline can carry out: they call services that
 * run. Their names end with their kind (`platform/src/components/aws/providers` of SST).
 */
const KINDS = new Map([
  [".sst.aws.BucketFiles", "Aws.BucketFiles"],
  [".sst.aws.FunctionCodeUpdater", "Aws.FunctionCodeUpdater"],
  [".sst.aws.FunctionEnvironmentUpdate", "Aws.FunctionEnvironmentUpdate"],
  [".sst.Run", "Run"],
]);

const Result = z.object({
  error: z.nullish(z.string()),
  result: z.nullish(z.object({ outs: z.nullish(z.record(z.string(), z.unknown())) })),
});

/**
 * Lets SST's CLI make the resources of its own that have changed, as Pulumi does through the
 * provider `pulumi-nodejs`. Adds their outputs.
 */
export async function runDynamic(changes: readonly Step[]): Promise<void> {
  for (const step of changes) {
    const { op, before, after } = step;
    if (after?.type !== DYNAMIC || op === "same") continue;
    const kind = kindOf(after.urn);
    if (kind === undefined) continue;
    const news = own(plain(after.inputs));
    const outs =
      op === "update" && before
        ? await call(`${kind}.Update`, { id: before.id, news, olds: own(plain(before.outputs)) })
        : await call(`${kind}.Create`, news);
    step.after = { ...after, outputs: { ...after.outputs, ...outs } };
  }
}

const kindOf = (urn: string): string | undefined =>
  [...KINDS].find(([ending]) => urn.endsWith(ending))?.[1];

/** `__provider` is the code of the provider, as text. */
const own = (inputs: Inputs): Inputs =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== "__provider"));

async function call(method: string, params: Inputs): Promise<Inputs> {
  const response = await fetch(`${process.env["SST_SERVER"]}/rpc`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "1.0", method: `Resource.${method}`, params: [params] }),
  });
  const { error, result } = Result.parse(await response.json());
  if (typeof error === "string") {
    throw new OfflineError("deploy.dynamic_failed", `SST's CLI failed in ${method}: ${error}`);
  }
  return (result?.outs ?? {}) as Inputs;
}
