import type { ChoiceState, FailState, Results } from "../definition/types.ts";
import type { Json } from "../json.ts";
import { NO_CHOICE_MATCHED, StateFailure } from "./failure.ts";
import { performMap } from "./map.ts";
import { performParallel } from "./parallel.ts";
import type { RunGraph } from "./run.ts";
import type { StatesMembers, Step } from "./step.ts";
import { performTask } from "./task.ts";
import { performWait } from "./wait.ts";

/** How a state ends: where to continue, and what its `Output` and `Assign` are made of. */
export interface Outcome {
  /** The output if there is no `Output`. */
  readonly value: Json;
  /** The next state; `undefined` if the branch ends. */
  readonly next: string | undefined;
  readonly results: Results;
  /** The path of `Output` and `Assign` in the state, such as `Catch[0]/`. */
  readonly path: string;
  readonly members: StatesMembers;
}

async function chosen(step: Step<ChoiceState>): Promise<Outcome> {
  const { state, input } = step;
  for (const [index, rule] of state.Choices.entries()) {
    const field = `Choices[${index}]/Condition`;
    const condition = await step.evaluate(field, rule.Condition);
    if (typeof condition !== "boolean") {
      throw step.unexpected(field, rule.Condition, condition, "boolean");
    }
    if (condition) {
      const path = `Choices[${index}]/`;
      return { value: input, next: rule.Next, results: rule, path, members: {} };
    }
  }
  if (state.Default === undefined) {
    throw step.failure(
      NO_CHOICE_MATCHED,
      "Failed to transition out of the state. The state does not point to a next state.",
    );
  }
  // `Output` and `Assign` of the state itself are for the default: developer guide, Choice state.
  return { value: input, next: state.Default, results: state, path: "", members: {} };
}

async function failed(step: Step<FailState>): Promise<StateFailure> {
  const { Error: error, Cause: cause } = step.state;
  return new StateFailure(
    error === undefined ? undefined : await step.text("Error", error),
    cause === undefined ? undefined : await step.text("Cause", cause),
  );
}

/** Does the work of a state. Rejects with `StateFailure` or what a task rejects with. */
export async function perform(step: Step, runGraph: RunGraph): Promise<Outcome> {
  const { state, input } = step;
  const same = { value: input, results: {}, path: "", members: {} };
  const worked = (value: Json) => ({ ...same, value, members: { result: value } });
  switch (state.Type) {
    case "Task":
      return { ...worked(await performTask(step as Step<typeof state>)), ...endOf(state) };
    case "Map":
      return { ...worked(await performMap(step as Step<typeof state>, runGraph)), ...endOf(state) };
    case "Parallel": {
      const outputs = await performParallel(step as Step<typeof state>, runGraph);
      return { ...worked(outputs), ...endOf(state) };
    }
    case "Choice":
      return chosen(step as Step<typeof state>);
    case "Wait":
      await performWait(step as Step<typeof state>);
      return { ...same, ...endOf(state) };
    case "Pass":
      return { ...same, ...endOf(state) };
    case "Succeed":
      return { ...same, results: state, next: undefined };
    case "Fail":
      throw await failed(step as Step<typeof state>);
  }
}

const endOf = (state: Results & { readonly Next?: string }) => ({
  results: state,
  next: state.Next,
});
