import { isDistributed, type MapState } from "../definition/types.ts";
import type { Json } from "../json.ts";
import { MAX_DISTRIBUTED_CONCURRENCY, MAX_INLINE_CONCURRENCY } from "../limits.ts";
import { runJobs } from "./concurrency.ts";
import {
  EvaluationFailure,
  EXCEED_TOLERATED_FAILURE_THRESHOLD,
  failureOf,
  StateFailure,
} from "./failure.ts";
import { withinLimit } from "./payload.ts";
import { type Branch, type RunGraph, Scope } from "./run.ts";
import type { Step } from "./step.ts";

async function itemsOf(step: Step<MapState>): Promise<Json[]> {
  const { Items } = step.state;
  if (Items === undefined) {
    if (Array.isArray(step.input)) return step.input;
    const input = JSON.stringify(step.input);
    throw new EvaluationFailure(`Map state input must be an array but was: ${input}`);
  }
  const items = await step.evaluate("Items", Items);
  if (!Array.isArray(items)) throw step.unexpected("Items", Items, items, "array");
  return items;
}

/** Returns the input of an iteration: the item, or what `ItemSelector` makes of it. */
async function inputOf(step: Step<MapState>, Index: number, Value: Json): Promise<Json> {
  const { ItemSelector } = step.state;
  if (ItemSelector === undefined) return Value;
  const input = await step.evaluate("ItemSelector", ItemSelector, {}, { Index, Value });
  return withinLimit(input, step.name);
}

/** Processes all items and returns the outputs in order. */
export async function performMap(step: Step<MapState>, runGraph: RunGraph): Promise<Json[]> {
  const { state, run, branch } = step;
  const items = await itemsOf(step);
  const concurrency = await step.integer("MaxConcurrency", state.MaxConcurrency ?? 0, 0, Infinity);
  step.record("MapStateStarted", { mapStateStartedEventDetails: { length: items.length } });
  const outputs = isDistributed(state)
    ? await distributed(step, items, concurrency)
    : await inline(step, items, concurrency, runGraph);
  run.history.record("MapStateSucceeded", branch.previous);
  return outputs;
}

async function inline(
  step: Step<MapState>,
  items: readonly Json[],
  concurrency: number,
  runGraph: RunGraph,
): Promise<Json[]> {
  const { run, branch: outer, name, state } = step;
  const started = outer.previous;
  const limit = Math.min(concurrency || MAX_INLINE_CONCURRENCY, MAX_INLINE_CONCURRENCY);
  return runJobs(items.length, limit, outer.signal, async (Index, signal) => {
    const Value = items[Index] ?? null;
    const input = await inputOf(step, Index, Value);
    signal.throwIfAborted();
    const variables = new Scope(outer.variables);
    const item = { Index, Value };
    const branch: Branch = { ...outer, previous: started, variables, signal, item };
    const record = (outcome: string) => {
      const details = { [`mapIteration${outcome}EventDetails`]: { name, index: Index } };
      return run.history.record(`MapIteration${outcome}`, branch.previous, details);
    };
    branch.previous = record("Started");
    try {
      const output = await runGraph(run, state.ItemProcessor, branch, structuredClone(input));
      branch.previous = record("Succeeded");
      return output;
    } catch (error) {
      record(signal.aborted ? "Aborted" : "Failed");
      throw error;
    } finally {
      outer.previous = Math.max(outer.previous, branch.previous);
    }
  });
}

async function distributed(
  step: Step<MapState>,
  items: readonly Json[],
  concurrency: number,
): Promise<Json[]> {
  const { state, run, branch, name } = step;
  const { ItemProcessor } = state;
  const { Id } = run.context["StateMachine"] as { readonly Id: string };
  try {
    run.tasks.startMapRun?.(Id, run.roleArn);
  } catch (error) {
    throw failureOf(error);
  }
  const mapRun = run.startMapRun({
    stateName: name,
    graph: ItemProcessor,
    type: ItemProcessor.ProcessorConfig?.ExecutionType ?? "STANDARD",
    items: items.length,
    maxConcurrency: concurrency,
  });
  step.record("MapRunStarted", { mapRunStartedEventDetails: { mapRunArn: mapRun.arn } });
  const limit = Math.min(concurrency || MAX_DISTRIBUTED_CONCURRENCY, MAX_DISTRIBUTED_CONCURRENCY);
  try {
    const outputs = await runJobs(items.length, limit, branch.signal, async (index, signal) => {
      const input = await inputOf(step, index, items[index] ?? null);
      try {
        return await mapRun.runChild(input, signal);
      } catch {
        signal.throwIfAborted();
        // The threshold is 0. The failure itself is in the child's execution.
        throw new StateFailure(
          EXCEED_TOLERATED_FAILURE_THRESHOLD,
          "The specified tolerated failure threshold was exceeded",
        );
      }
    });
    mapRun.end("SUCCEEDED");
    step.record("MapRunSucceeded");
    return outputs;
  } catch (error) {
    mapRun.end(branch.signal.aborted ? "ABORTED" : "FAILED");
    branch.signal.throwIfAborted();
    step.record("MapRunFailed", { mapRunFailedEventDetails: failureOf(error).details });
    throw error;
  }
}
