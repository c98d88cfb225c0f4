import { inject } from "vitest";

type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };

export interface Resource {
  type: string;
  name: string;
  id: string;
  existing: boolean;
  // Inputs are what a provider takes, which no type here knows; tests say what they expect of them.
  inputs: Record<string, Json>;
  state: Record<string, Json>;
}

export interface Graph {
  app: {
    name: string;
    stage: string;
    removal: string;
    protect: boolean;
    providers: { aws: { defaultTags: { tags: Record<string, string> } } };
  };
  region: string;
  accountId: string;
  resources: Resource[];
  functions: { id: string; handler: string; runtime: string; architecture: string; nodejs: Json }[];
  links: Record<string, Record<string, Json>>;
  warnings: string[];
}

export interface Statement {
  Sid?: string;
  Effect: string;
  Principal?: Json;
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, Json>>;
}

declare module "vitest" {
  export interface ProvidedContext {
    graphs: Record<string, Graph>;
  }
}

/** What `sst deploy --stage` would create; `setup.ts` has evaluated the config for these stages. */
export function graphOf(stage: string): Graph {
  const graph = inject("graphs")[stage];
  if (!graph) throw new Error(`setup.ts does not evaluate the stage ${stage}`);
  return graph;
}

/** The resources of one Pulumi type. */
export const all = (graph: Graph, type: string): Resource[] =>
  graph.resources.filter((resource) => resource.type === type);

/** The one resource of a type, or the one of that name. Throws where there is none, or more. */
export function only(graph: Graph, type: string, name: string | RegExp = /^/): Resource {
  const found = all(graph, type).filter((resource) =>
    typeof name === "string" ? resource.name === name : name.test(resource.name),
  );
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`${found.length} resources of ${type} ${name}`);
  return first;
}

/** The statements of a policy document, which a graph holds as JSON text or as an object. */
export function statements(document: Json): Statement[] {
  const parsed: unknown = typeof document === "string" ? JSON.parse(document) : document;
  return (parsed as { Statement: Statement[] }).Statement;
}

export const list = (value: string | string[] | undefined): string[] => [value ?? []].flat();

/** What a test knows to be text. Throws where it is not. */
export function text(value: Json): string {
  if (typeof value === "string") return value;
  throw new Error(`${JSON.stringify(value)} is no text`);
}
