import { invalidDefinition } from "../error.ts";
import type { Members } from "./check.ts";

/** Yields the field and the name of each state that a state can continue with. */
function* targets(state: Members): Generator<[string, string]> {
  const { Next, Default } = state;
  if (typeof Next === "string") yield ["Next", Next];
  if (typeof Default === "string") yield ["Default", Default];
  for (const field of ["Choices", "Catch"]) {
    const items = (state[field] ?? []) as { Next: string }[];
    for (const [index, item] of items.entries()) yield [`${field}[${index}]/Next`, item.Next];
  }
}

/**
 * Throws `StepFunctionsError` InvalidDefinition if a transition has no target in its graph, or if a
 * state is not reachable, as Step Functions does.
 */
export function checkTransitions(graph: Members, location: string): void {
  const states = graph["States"] as Readonly<Record<string, Members>>;
  const start = graph["StartAt"] as string;
  if (!Object.hasOwn(states, start)) {
    throw invalidDefinition(`Missing 'StartAt' target: ${start}`, `${location}/StartAt`);
  }
  const reached = new Set<string>();
  const open = [start];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    for (const [field, target] of targets(states[name] ?? {})) {
      if (!Object.hasOwn(states, target)) {
        const at = `${location}/States/${name}/${field}`;
        throw invalidDefinition(`Missing 'Next' target: ${target}`, at);
      }
      open.push(target);
    }
  }
  const unreachable = Object.keys(states).find((name) => !reached.has(name));
  if (unreachable !== undefined) {
    const at = `${location}/States/${unreachable}`;
    throw invalidDefinition(`State "${unreachable}" is not reachable`, at);
  }
}
