import type { Graph, Inputs, Value } from "./graph.ts";

/** Where a service of AWS is, for this stack: AWS's own URL, and the one to use instead. */
export type Addresses = ReadonlyMap<string, string>;

function relocate(value: Value, addresses: Addresses): Value {
  if (typeof value === "string") return addresses.get(value) ?? value;
  if (Array.isArray(value)) return value.map((entry) => relocate(entry, addresses));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, relocate(entry, addresses)]),
  );
}

/** Environment variables of the app's own, with URLs that lead to this stack. */
export const relocated = (
  variables: Record<string, string>,
  addresses: Addresses,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, addresses.get(value) ?? value]),
  );

/** `SST_RESOURCE_*` for these links, as SST's CLI sets them, with URLs that lead to this stack. */
export function bindings(
  graph: Graph,
  links: Record<string, Inputs>,
  addresses: Addresses,
): Record<string, string> {
  const { name, stage } = graph.app;
  return {
    SST_RESOURCE_App: JSON.stringify({ name, stage }),
    ...Object.fromEntries(
      Object.entries(links).map(([link, properties]) => [
        `SST_RESOURCE_${link}`,
        JSON.stringify(relocate(properties, addresses)),
      ]),
    ),
  };
}
