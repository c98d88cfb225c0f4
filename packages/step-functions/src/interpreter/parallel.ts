import type { ParallelState } from "../definition/types.ts";
import type { Json } from "../json.ts";
import { runJobs } from "./concurrency.ts";
import { type Branch, type RunGraph, Scope } from "./run.ts";
import type { Step } from "./step.ts";

/** Runs all branches and returns their outputs in order. */
export async function performParallel(
  step: Step<ParallelState>,
  runGraph: RunGraph,
): Promise<Json[]> {
  const { state, run, branch: outer } = step;
  const input =
    state.Arguments === undefined ? step.input : await step.evaluate("Arguments", state.Arguments);
  const previous = step.record("ParallelStateStarted");
  const outputs = await runJobs(
    state.Branches.length,
    state.Branches.length,
    outer.signal,
    async (index, signal) => {
      const graph = state.Branches[index];
      if (graph === undefined) throw new RangeError(`There is no branch ${index}.`);
      const variables = new Scope(outer.variables);
      const branch: Branch = { ...outer, previous, variables, signal };
      try {
        return await runGraph(run, graph, branch, structuredClone(input));
      } finally {
        outer.previous = Math.max(outer.previous, branch.previous);
      }
    },
  );
  run.history.record("ParallelStateSucceeded", outer.previous);
  return outputs;
}
