import type { Graph, GraphResource, Value } from "../synth/graph.ts";
import { NOTIFICATION } from "./bucket.ts";
import { CODE, FUNCTION, type FunctionPlan, MAPPING, URL } from "./function.ts";
import { TABLE } from "./table.ts";

/** The parts of a resource, by type, that nothing here runs although it runs the rest. */
const PARTS: Record<string, readonly string[]> = {
  [TABLE]: ["ttl", "streamEnabled"],
  [NOTIFICATION]: ["lambdaFunctions", "topics", "eventbridge"],
};

const isGiven = (value: Value) =>
  Array.isArray(value)
    ? value.length > 0
    : value !== undefined && value !== null && value !== false;

/**
 * What a graph declares and nothing here runs: `type name` of a resource, or `type name (part)`.
 * @param run the types that are run.
 */
export function declaredOf(
  graph: Graph,
  functions: readonly FunctionPlan[],
  run: ReadonlySet<string>,
): string[] {
  const isIdle = (resource: GraphResource): boolean => {
    switch (resource.type) {
      case FUNCTION:
        return !functions.some(({ name }) => name === resource.id);
      case MAPPING:
        return !functions.some(({ mappings }) =>
          mappings.some(({ name }) => name === resource.name),
        );
      case URL:
        return !functions.some(({ url }) => url?.urlId === resource.state["urlId"]);
      case CODE:
        // The zip of a function, or a file that the app itself puts somewhere.
        return !graph.resources.some(
          ({ type, inputs }) => type === FUNCTION && inputs["s3Key"] === resource.inputs["key"],
        );
      default:
        return !run.has(resource.type);
    }
  };
  return (
    graph.resources
      // SST's own components are made of the resources that follow them in the graph.
      .filter(({ type }) => !/^(sst:|pulumi:)/.test(type))
      .flatMap((resource) => {
        const title = `${resource.type} ${resource.name}`;
        if (isIdle(resource)) return [title];
        const parts = (PARTS[resource.type] ?? []).filter((part) => isGiven(resource.inputs[part]));
        return parts.map((part) => `${title} (${part})`);
      })
  );
}
