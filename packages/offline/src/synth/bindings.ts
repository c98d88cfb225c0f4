import type { Graph, Inputs, Value } from "./graph.ts";

/** Maps URLs on AWS to the URLs in this stack that replace them. */
export type Addresses = ReadonlyMap<string, string>;

/** Replaces AWS's URLs in a value by those of this stack. */
export function relocate(value: Value, addresses: Addresses): Value {
  if (typeof value === "string") return addresses.get(value) ?? value;
  if (Array.isArray(value)) return value.map((entry) => relocate(entry, addresses));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, relocate(entry, addresses)]),
  );
}

/** Replaces AWS's URLs in environment variables of the app by those of this stack. */
export const relocated = (
  variables: Record<string, string>,
  addresses: Addresses,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, addresses.get(value) ?? value]),
  );

/**
 * Returns the variables `SST_RESOURCE_*` that SST's CLI would set for these links, with URLs of
 * this stack.
 */
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
