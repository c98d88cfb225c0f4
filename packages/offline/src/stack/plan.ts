import { SERVICES } from "../service/index.ts";
import type { Service } from "../service/service.ts";
import type { Graph, GraphResource } from "../synth/graph.ts";

type PartOf<S> = S extends Service<infer Part> ? Part : never;
type All<U> = (U extends unknown ? (part: U) => void : never) extends (all: infer I) => void
  ? I
  : never;

/** What of a graph runs offline, service by service, and what is only declared. */
export type Plan = All<PartOf<(typeof SERVICES)[number]>> & {
  /** `type name` of every resource that does not run, and `type name (input)` where only an input of it is ignored. */
  declared: string[];
};

/** Turns a graph into what a stack has to start. A resource type that offline does not know is listed, never dropped. */
export function plan(graph: Graph): Plan {
  const parts: object[] = SERVICES.map((service) => service.plan(graph));
  const merged = Object.assign({}, ...parts) as Plan;
  return { ...merged, declared: declaredIn(graph, merged) };
}

function declaredIn(graph: Graph, merged: Plan): string[] {
  return (
    graph.resources
      // SST's own components consist of the resources that follow them in the graph.
      .filter(({ type }) => !/^(sst:|pulumi:)/.test(type))
      .flatMap((resource) => {
        const title = `${resource.type} ${resource.name}`;
        const service = runnerOf(resource, graph, merged);
        if (!service) return [title];
        const ignored = (service.types[resource.type] ?? []).filter((input) =>
          isGiven(resource.inputs[input]),
        );
        return ignored.map((input) => `${title} (${input})`);
      })
  );
}

function runnerOf(resource: GraphResource, graph: Graph, merged: Plan): Service | undefined {
  const services: readonly Service[] = SERVICES;
  return services.find(
    (service) =>
      Object.hasOwn(service.types, resource.type) &&
      service.runs?.(resource, merged, graph) !== false,
  );
}

const isGiven = (value: GraphResource["inputs"][string]) =>
  Array.isArray(value)
    ? value.length > 0
    : value !== undefined && value !== null && value !== false;
