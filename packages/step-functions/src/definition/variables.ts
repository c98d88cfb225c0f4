import { invalidDefinition } from "../error.ts";
import { MAX_NAME_LENGTH } from "../limits.ts";
import { type Graph, isDistributed, type Results, type State } from "./types.ts";

/** A Unicode identifier, as in the naming rules of "Passing data between states with variables". */
const NAME = /^[\p{ID_Start}][\p{ID_Continue}]*$/u;

/** Yields the path of each `Assign` in a state, and the names that it assigns. */
function* assignments(state: State): Generator<[string, string[]]> {
  if ("Assign" in state) yield ["Assign", Object.keys(state.Assign ?? {})];
  const lists: [string, readonly Results[]][] = [];
  if ("Choices" in state) lists.push(["Choices", state.Choices]);
  if ("Catch" in state) lists.push(["Catch", state.Catch ?? []]);
  for (const [field, items] of lists) {
    for (const [index, { Assign }] of items.entries()) {
      yield [`${field}[${index}]/Assign`, Object.keys(Assign ?? {})];
    }
  }
}

/**
 * Throws `StepFunctionsError` InvalidDefinition if a variable has an invalid name, or is assigned in
 * a branch of a scope that assigns it as well.
 *
 * The states of a graph share a scope. Branches and inline iterations read the variables of outer
 * scopes, and cannot assign them. The children of a distributed Map state do not see them.
 */
export function checkVariables(
  graph: Graph,
  location: string,
  outer: ReadonlySet<string> = new Set(),
): void {
  const own = new Set<string>();
  for (const [name, state] of Object.entries(graph.States)) {
    for (const [field, variables] of assignments(state)) {
      for (const variable of variables) {
        checkName(variable, `${location}/States/${name}/${field}`, outer);
        own.add(variable);
      }
    }
  }
  const visible = new Set([...outer, ...own]);
  for (const [name, state] of Object.entries(graph.States)) {
    const at = `${location}/States/${name}`;
    if (state.Type === "Parallel") {
      for (const [index, branch] of state.Branches.entries()) {
        checkVariables(branch, `${at}/Branches[${index}]`, visible);
      }
    }
    if (state.Type === "Map") {
      const inherited = isDistributed(state) ? new Set<string>() : visible;
      checkVariables(state.ItemProcessor, `${at}/ItemProcessor`, inherited);
    }
  }
}

function checkName(variable: string, at: string, outer: ReadonlySet<string>): void {
  if (variable === "states") throw invalidDefinition("The variable $states is reserved", at);
  if (variable.length > MAX_NAME_LENGTH || !NAME.test(variable)) {
    const message = `The variable name '${variable}' must be an identifier of at most ${MAX_NAME_LENGTH} characters`;
    throw invalidDefinition(message, at);
  }
  if (outer.has(variable)) {
    const message = `The variable '${variable}' belongs to an outer scope and cannot be assigned here`;
    throw invalidDefinition(message, at);
  }
}
