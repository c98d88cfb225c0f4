/// <reference path="./asl-validator.d.ts" />
import validate from "asl-validator";

import { StepFunctionsError } from "./error.ts";

/** A value with expressions: a text between `{%` and `%}` is JSONata. */
export type Template = unknown;

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: "FULL" | "NONE";
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly Output?: Template;
  readonly Assign?: Template;
}

interface Common {
  readonly QueryLanguage?: string;
  readonly Output?: Template;
  readonly Assign?: Template;
  readonly Next?: string;
  readonly End?: boolean;
}

interface Failable {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface TaskState extends Common, Failable {
  readonly Type: "Task";
  readonly Resource: string;
  readonly Arguments?: Template;
  readonly TimeoutSeconds?: Template;
}

export interface MapState extends Common, Failable {
  readonly Type: "Map";
  readonly Items?: Template;
  readonly ItemSelector?: Template;
  readonly MaxConcurrency?: Template;
  readonly ItemProcessor: Machine & {
    readonly ProcessorConfig?: { readonly Mode?: string; readonly ExecutionType?: string };
  };
}

export interface ParallelState extends Common, Failable {
  readonly Type: "Parallel";
  readonly Arguments?: Template;
  readonly Branches: readonly Machine[];
}

export interface ChoiceState extends Common {
  readonly Type: "Choice";
  readonly Choices: readonly (Common & { readonly Condition: Template; readonly Next: string })[];
  readonly Default?: string;
}

export interface WaitState extends Common {
  readonly Type: "Wait";
  readonly Seconds?: Template;
  readonly Timestamp?: Template;
}

export interface PassState extends Common {
  readonly Type: "Pass";
}

export interface SucceedState extends Common {
  readonly Type: "Succeed";
}

export interface FailState {
  readonly Type: "Fail";
  readonly QueryLanguage?: string;
  readonly Error?: Template;
  readonly Cause?: Template;
}

export type State =
  | TaskState
  | MapState
  | ParallelState
  | ChoiceState
  | WaitState
  | PassState
  | SucceedState
  | FailState;

/** A state machine, or a branch of one. */
export interface Machine {
  readonly QueryLanguage?: string;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
}

/** Members of a state that this interpreter does not run. Each is refused, so that none is ignored. */
const UNSUPPORTED: Readonly<Record<string, readonly string[]>> = {
  Task: ["HeartbeatSeconds", "Credentials"],
  Map: [
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailurePercentage",
  ],
};

/**
 * Parses a definition in the States Language. Throws a `StepFunctionsError` (`InvalidDefinition`) if it
 * is not valid, or if it needs something that is not run: JSONPath, a task that is not in `resources`.
 */
export function parseDefinition(text: string, resources: readonly string[]): Machine {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid(`it is not JSON: ${(cause as Error).message}`);
  }
  const { isValid, errors } = validate(parsed);
  if (!isValid) {
    throw invalid(errors.map((error) => `${error["Error code"]}: ${error.Message}`).join("; "));
  }
  const machine = parsed as Machine;
  check(machine, machine.QueryLanguage ?? "JSONPath", resources);
  return machine;
}

function check(machine: Machine, language: string, resources: readonly string[]): void {
  for (const [name, state] of Object.entries(machine.States)) {
    if ((state.QueryLanguage ?? language) !== "JSONata") {
      throw invalid(`the state ${name} uses JSONPath. Only JSONata is supported.`);
    }
    const unsupported = (UNSUPPORTED[state.Type] ?? []).filter((member) => member in state);
    if (unsupported.length > 0) {
      throw invalid(`the state ${name} has ${unsupported.join(", ")}, which is not supported.`);
    }
    if (state.Type === "Task" && !resources.includes(state.Resource)) {
      throw invalid(
        `the state ${name} is a task of ${state.Resource}. Only ${resources.join(", ")} is supported.`,
      );
    }
    if (state.Type === "Map") check(state.ItemProcessor, language, resources);
    if (state.Type === "Parallel") {
      for (const branch of state.Branches) check(branch, language, resources);
    }
  }
}

const invalid = (reason: string) =>
  new StepFunctionsError("InvalidDefinition", `Invalid State Machine Definition: ${reason}`);
