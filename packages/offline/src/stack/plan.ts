import { SERVICES } from "../service/index.ts";
import type { Service } from "../service/service.ts";
import type { Graph, GraphResource, Inputs, Value } from "../synth/graph.ts";

type PartOf<S> = S extends Service<infer Part> ? Part : never;
type All<U> = (U extends unknown ? (part: U) => void : never) extends (all: infer I) => void
  ? I
  : never;

/** The parts of a graph that run offline, by service, and what is only declared. */
export type Plan = All<PartOf<(typeof SERVICES)[number]>> & {
  /**
   * `type name` for each resource that does not run, `type name (input)` for each ignored input.
   */
  declared: string[];
};

/** Plans what a stack starts for a graph. Lists the resources of unknown types as declared. */
export function plan(graph: Graph): Plan {
  const parts: object[] = SERVICES.map((service) => service.plan(graph));
  const merged = Object.assign({}, ...parts) as Plan;
  return { ...merged, declared: declaredIn(graph, merged) };
}

function declaredIn(graph: Graph, merged: Plan): string[] {
  return (
    graph.resources
      // A component of SST is not a resource. The graph also has the resources that it consists of.
      .filter(({ type }) => !/^(sst:|pulumi:)/.test(type))
      .flatMap((resource) => {
        const title = `${resource.type} ${resource.name}`;
        const service = runnerOf(resource, graph, merged);
        if (!service) return [title];
        const ignored = (service.types[resource.type] ?? []).filter((input) =>
          isGiven(input, resource.inputs[input]),
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

/** The inputs that SST always writes, with the parts that mean what AWS does without them. */
const DEFAULTS: Readonly<Record<string, (value: Inputs) => boolean>> = {
  ephemeralStorage: ({ size }) => size === 512,
  loggingConfig: ({ logFormat }) => logFormat === "Text",
  tracingConfig: ({ mode }) => mode === "PassThrough",
};

function isGiven(input: string, value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value !== null && typeof value === "object") return DEFAULTS[input]?.(value) !== true;
  return value !== undefined && value !== null && value !== false && value !== "BUFFERED";
}
