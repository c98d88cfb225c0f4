import { sleep } from "../clock.ts";
import type { Graph, State } from "../definition/types.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
import {
  EvaluationFailure,
  failureOf,
  matches,
  QUERY_EVALUATION_ERROR,
  type StateFailure,
} from "./failure.ts";
import { withinLimit } from "./payload.ts";
import { type Outcome, perform } from "./perform.ts";
import { Retries } from "./retry.ts";
import type { Branch, Run } from "./run.ts";
import { Step, withTruncation } from "./step.ts";

interface Exit {
  readonly output: Json;
  readonly next: string | undefined;
}

/** The types of states with an event for the end by an aborted branch. */
const ABORTABLE = new Set(["Task", "Wait", "Map", "Parallel"]);

/**
 * Runs the states of a graph from its first one and returns the output of the last one.
 *
 * Rejects with `StateFailure` if a state fails and no catcher matches, and with the reason of the
 * branch's signal if that aborts.
 */
export async function runGraph(run: Run, graph: Graph, branch: Branch, input: Json): Promise<Json> {
  let value = input;
  let name: string | undefined = graph.StartAt;
  while (name !== undefined) {
    branch.signal.throwIfAborted();
    const state: State | undefined = graph.States[name];
    if (state === undefined) throw new RangeError(`The state ${name} does not exist.`);
    const exit: Exit = await runState(new Step(run, branch, name, state, value));
    ({ output: value, next: name } = exit);
  }
  return value;
}

async function runState(step: Step): Promise<Exit> {
  const { state, branch } = step;
  try {
    return await attempt(step);
  } catch (error) {
    if (branch.signal.aborted && ABORTABLE.has(state.Type))
      step.record(`${state.Type}StateAborted`);
    throw error;
  }
}

/** Performs a state until it succeeds, is caught or fails. */
async function attempt(step: Step): Promise<Exit> {
  const { state, branch, run } = step;
  const retries = new Retries(("Retry" in state && state.Retry) || [], run.random);
  for (;;) {
    try {
      return await leave(step, await perform(step, runGraph));
    } catch (error) {
      branch.signal.throwIfAborted();
      const failure = fail(step, error);
      const delay = retries.delayAfter(failure.error);
      if (delay === undefined) return caught(step, failure);
      await sleep(run.clock, delay, branch.signal);
      step.retryCount += 1;
    }
  }
}

/** Records the failure of a state. */
function fail(step: Step, error: unknown): StateFailure {
  let failure = failureOf(error);
  if (failure instanceof EvaluationFailure) {
    const { location } = failure;
    failure = step.failure(QUERY_EVALUATION_ERROR, failure.reason ?? "");
    step.record("EvaluationFailed", {
      evaluationFailedEventDetails: {
        state: step.name,
        ...(location === undefined ? {} : { location }),
        ...failure.details,
      },
    });
  }
  const { Type } = step.state;
  if (Type === "Map" || Type === "Parallel") step.record(`${Type}StateFailed`);
  return failure;
}

async function caught(step: Step, failure: StateFailure): Promise<Exit> {
  const catchers = ("Catch" in step.state && step.state.Catch) || [];
  const index = catchers.findIndex(({ ErrorEquals }) => matches(ErrorEquals, failure.error));
  const catcher = catchers[index];
  if (catcher === undefined) throw failure;
  const { output } = failure;
  try {
    return await leave(step, {
      value: output,
      next: catcher.Next,
      results: catcher,
      path: `Catch[${index}]/`,
      members: { errorOutput: output },
    });
  } catch (error) {
    throw fail(step, error);
  }
}

/** Evaluates `Output` and `Assign`, both with the variables as the state found them. */
async function leave(step: Step, outcome: Outcome): Promise<Exit> {
  const { name, branch, state } = step;
  const { results, path, members, next } = outcome;
  const output =
    results.Output === undefined
      ? outcome.value
      : await step.evaluate(`${path}Output`, results.Output, members);
  withinLimit(output, name);
  let assigned: JsonObject = {};
  if (results.Assign !== undefined) {
    const variables = await step.evaluate(`${path}Assign`, results.Assign, members);
    withinLimit(variables, name);
    if (isObject(variables)) assigned = variables;
  }
  branch.signal.throwIfAborted();
  branch.variables.assign(assigned);
  step.record(`${state.Type}StateExited`, {
    stateExitedEventDetails: {
      name,
      ...withTruncation("output", output),
      ...(Object.keys(assigned).length === 0 ? {} : assignedDetails(assigned)),
    },
  });
  return { output, next };
}

const assignedDetails = (assigned: JsonObject) => ({
  assignedVariables: Object.fromEntries(
    Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)]),
  ),
  assignedVariablesDetails: { truncated: false },
});
