import type { TestProject } from "vitest/node";

import { removeStage, type StackAddress, startStack } from "../stack.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Opens the control commands of the offline stack; there is none on a real stage. */
    offlineStack: StackAddress | undefined;
  }
}

/** Runs before the suite: uses the bindings of `sst shell` where they are, and else starts a stack of its own. */
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
