import type { TestProject } from "vitest/node";

import { removeStage, type StackAddress, startStack } from "../stack.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The offline stack. Undefined on a stage in AWS. */
    offlineStack: StackAddress | undefined;
  }
}

/** Uses the bindings of `sst shell` if they are set, and otherwise starts an offline stack. */
export default async function setup(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  if (process.env["SST_RESOURCE_App"] !== undefined) {
    project.provide("offlineStack", undefined);
    project.provide("bindings", {});
    return undefined;
  }
  const stage = `it-${process.pid}`;
  const stack = await startStack({ stage });
  project.provide("bindings", stack.env);
  const { endpoint, token } = stack;
  project.provide("offlineStack", { endpoint, token });
  return async () => {
    await stack.stop();
    await removeStage(stage);
  };
}
