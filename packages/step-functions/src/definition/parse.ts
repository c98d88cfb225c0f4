import { invalidDefinition } from "../error.ts";
import { checkFields, type Checks, type Members } from "./check.ts";
import {
  BRANCH_FIELDS,
  MACHINE_FIELDS,
  PROCESSOR_CONFIG_FIELDS,
  PROCESSOR_FIELDS,
} from "./fields.ts";
import { checkState } from "./state.ts";
import { checkTransitions } from "./transitions.ts";
import type { Definition, StateMachineType } from "./types.ts";
import { checkVariables } from "./variables.ts";

/**
 * Parses and validates a definition.
 *
 * Throws `StepFunctionsError` InvalidDefinition with the path of the first field that is not valid or
 * not supported.
 */
export function parseDefinition(
  text: string,
  options: Pick<Checks, "expressions" | "supports" | "type">,
): Definition {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidDefinition(`The definition is not JSON: ${String(cause)}`, "", cause);
  }
  const machine = checkFields(value, "", MACHINE_FIELDS, { required: ["StartAt", "States"] });
  const jsonata = machine["QueryLanguage"] === "JSONata";
  checkGraph(machine, "", { ...options, jsonata, names: new Set() });
  checkVariables(value as Definition, "");
  return value as Definition;
}

function checkGraph(graph: Members, location: string, checks: Checks): void {
  const states = graph["States"] as Members;
  if (Object.keys(states).length === 0) {
    throw invalidDefinition("Value cannot be empty", `${location}/States`);
  }
  for (const [name, state] of Object.entries(states)) {
    const at = `${location}/States/${name}`;
    if (checks.names.has(name)) throw invalidDefinition(`Duplicate state name '${name}'`, at);
    checks.names.add(name);
    const { Type, Branches, ItemProcessor } = checkState(name, state, at, checks);
    if (Type === "Parallel") {
      for (const [index, branch] of (Branches as unknown[]).entries()) {
        const path = `${at}/Branches[${index}]`;
        const required = ["StartAt", "States"];
        checkGraph(checkFields(branch, path, BRANCH_FIELDS, { required }), path, checks);
      }
    }
    if (Type === "Map") checkProcessor(ItemProcessor, `${at}/ItemProcessor`, checks);
  }
  checkTransitions(graph, location);
}

function checkProcessor(value: unknown, location: string, checks: Checks): void {
  const required = ["StartAt", "States"];
  const processor = checkFields(value, location, PROCESSOR_FIELDS, { required });
  const at = `${location}/ProcessorConfig`;
  const config = checkFields(processor["ProcessorConfig"] ?? {}, at, PROCESSOR_CONFIG_FIELDS);
  if (config["Mode"] !== "DISTRIBUTED") {
    if (config["ExecutionType"] !== undefined) {
      throw invalidDefinition("Field 'ExecutionType' requires the mode DISTRIBUTED", at);
    }
    return checkGraph(processor, location, checks);
  }
  if (config["ExecutionType"] === undefined) {
    throw invalidDefinition("These fields are required: [ExecutionType]", at);
  }
  if (checks.type === "EXPRESS") {
    throw invalidDefinition("Express state machine does not support the mode DISTRIBUTED", at);
  }
  checkGraph(processor, location, {
    ...checks,
    type: config["ExecutionType"] as StateMachineType,
  });
}
