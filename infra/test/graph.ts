import type { Graph, GraphResource, Value } from "@waybill/offline/synth";
import { inject } from "vitest";

export interface Statement {
  Sid?: string;
  Effect: string;
  Principal?: Value;
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, Value>>;
}

declare module "vitest" {
  export interface ProvidedContext {
    graphs: Record<string, Graph>;
  }
}

/** Returns what `sst deploy --stage` would create. Throws if `setup.ts` does not evaluate the stage. */
export function graphOf(stage: string): Graph {
  const graph = inject("graphs")[stage];
  if (!graph) throw new Error(`setup.ts does not evaluate the stage ${stage}`);
  return graph;
}

/** Returns the resources of one Pulumi type. */
export const all = (graph: Graph, type: string): GraphResource[] =>
  graph.resources.filter((resource) => resource.type === type);

/** Returns the only resource of a type, or the one with a name. Throws if there is not exactly one. */
export function only(graph: Graph, type: string, name: string | RegExp = /^/): GraphResource {
  const found = all(graph, type).filter((resource) =>
    typeof name === "string" ? resource.name === name : name.test(resource.name),
  );
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`${found.length} resources of ${type} ${name}`);
  return first;
}

/** Returns the statements of a policy document, which is JSON text or an object in a graph. */
export function statements(document: Value): Statement[] {
  const parsed: unknown = typeof document === "string" ? JSON.parse(document) : document;
  return (parsed as { Statement: Statement[] }).Statement;
}

export const list = (value: string | string[] | undefined): string[] => [value ?? []].flat();

/** Returns a value that is a string. Throws if it is not. */
export function text(value: Value): string {
  if (typeof value === "string") return value;
  throw new Error(`${JSON.stringify(value)} is not a string`);
}
