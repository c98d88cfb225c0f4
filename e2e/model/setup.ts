import type { TestProject } from "vitest/node";

import { removeStage, type StackAddress, startStack } from "../stack.ts";

declare module "vitest" {
  export interface ProvidedContext {
    modelStack: StackAddress;
  }
}

/** Starts an offline stack that does not poll its queues: the tests deliver the messages. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stage = `model-${process.pid}`;
  const stack = await startStack({ stage, polling: false });
  project.provide("bindings", stack.env);
  const { endpoint, token } = stack;
  project.provide("modelStack", { endpoint, token });
  return async () => {
    await stack.stop();
    await removeStage(stage);
  };
}
