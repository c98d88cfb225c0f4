import { invalidDefinition } from "../error.ts";
import { isObject } from "../json.ts";
import type { Expressions } from "../jsonata/expressions.ts";
import type { Rule } from "./fields.ts";
import type { StateMachineType } from "./types.ts";

/** What the checks share. */
export interface Checks {
  readonly expressions: Expressions;
  readonly supports: (resource: string) => boolean;
  /** The type of the state machine, or of the children of the distributed Map state around. */
  readonly type: StateMachineType;
  /** Whether states are JSONata unless they say otherwise. */
  readonly jsonata: boolean;
  /** The names of all states: they are unique in a state machine. */
  readonly names: Set<string>;
}

export type Members = Readonly<Record<string, unknown>>;

/**
 * Throws `StepFunctionsError` InvalidDefinition if a value is not an object with the given fields.
 */
export function checkFields(
  value: unknown,
  location: string,
  fields: Readonly<Record<string, Rule>>,
  {
    required = [],
    unsupported = [],
  }: Partial<Record<"required" | "unsupported", readonly string[]>> = {},
): Members {
  if (!isObject(value)) throw invalidDefinition("The value must be an object", location);
  for (const [name, member] of Object.entries(value)) {
    if (unsupported.includes(name)) {
      throw invalidDefinition(
        `Field '${name}' is not supported by this server`,
        `${location}/${name}`,
      );
    }
    const rule = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (rule === undefined) throw unknownField(name, location, value);
    const expected = rule(member);
    if (expected !== undefined) {
      throw invalidDefinition(`Field '${name}' must be ${expected}`, `${location}/${name}`);
    }
  }
  const missing = required.filter((name) => !Object.hasOwn(value, name));
  if (missing.length > 0) {
    throw invalidDefinition(`These fields are required: [${missing.join(", ")}]`, location);
  }
  return value;
}

function unknownField(name: string, location: string, { Type }: Members) {
  // The Task of SST 3.19 and 4.7 writes its `timeout` to this field, and AWS rejects the deployment:
  // https://github.com/anomalyco/sst/issues/6747
  const hint =
    name === "Timeout" && Type === "Task"
      ? ". Step Functions calls it 'TimeoutSeconds'. SST writes the argument 'timeout' of a task to 'Timeout' (https://github.com/anomalyco/sst/issues/6747): remove the argument"
      : "";
  return invalidDefinition(`Field '${name}' is not supported${hint}`, `${location}/${name}`);
}
