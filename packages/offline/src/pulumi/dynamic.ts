import * as z from "zod";

import { OfflineError } from "../ground/error.ts";
import type { Inputs } from "../synth/graph.ts";
import type { Step } from "./event-log.ts";
import { plain } from "./properties.ts";

const DYNAMIC = "pulumi-nodejs:dynamic:Resource";

/**
 * The ending of the name of the resources with which SST's CLI uploads the files of a folder. It is
 * the only kind of its resources that calls a service that offline runs.
 */
const BUCKET_FILES = ".sst.aws.BucketFiles";

/** Whether a resource, as `type name`, is one that `runDynamic` makes. */
export const isDynamic = (title: string): boolean =>
  title.startsWith(`${DYNAMIC} `) && title.endsWith(BUCKET_FILES);

const Result = z.object({
  error: z.nullish(z.string()),
  result: z.nullish(z.object({ outs: z.nullish(z.record(z.string(), z.unknown())) })),
});

/**
 * Lets SST's CLI make a resource of its own that has changed, as Pulumi does through the provider
 * `pulumi-nodejs`. Adds its outputs to the step. Throws `OfflineError` (`deploy.dynamic_failed`).
 */
export async function runDynamic(step: Step): Promise<void> {
  const { op, before, after } = step;
  if (after?.type !== DYNAMIC || op === "same" || !after.urn.endsWith(BUCKET_FILES)) return;
  const news = own(plain(after.inputs));
  const outs =
    op === "update" && before
      ? await call("Update", { id: before.id, news, olds: own(plain(before.outputs)) })
      : await call("Create", news);
  step.after = { ...after, outputs: { ...after.outputs, ...outs } };
}

/** `__provider` is the code of the provider, as text. */
const own = (inputs: Inputs): Inputs =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== "__provider"));

async function call(method: string, params: Inputs): Promise<Inputs> {
  const response = await fetch(`${process.env["SST_SERVER"]}/rpc`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      jsonrpc: "1.0",
      method: `Resource.Aws.BucketFiles.${method}`,
      params: [params],
    }),
  });
  const { error, result } = Result.parse(await response.json());
  if (typeof error === "string") {
    throw new OfflineError("deploy.dynamic_failed", `SST's CLI cannot upload the files: ${error}`);
  }
  return (result?.outs ?? {}) as Inputs;
}
