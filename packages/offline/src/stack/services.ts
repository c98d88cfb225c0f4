import { Authority, type Denial, type Role } from "../edge/authority.ts";
import { SERVICES } from "../service/index.ts";
import type { Running, Service, Stage } from "../service/service.ts";
import type { Graph } from "../synth/graph.ts";
import type { Plan } from "./plan.ts";

/** The services of one stage, from `open` to `close`. */
export class Services {
  readonly #running = new Map<Service, Running>();

  /**
   * Opens the data of each service, then creates what the plan describes. After a failure, `all`
   * has the services that are open. Those of `kept` are open already.
   */
  async open(
    stage: Omit<Stage, "running">,
    plan: Plan,
    kept: ReadonlyMap<Service, Running> = new Map(),
  ): Promise<void> {
    const services: readonly Service[] = SERVICES;
    const find: Stage["running"] = (other) => this.of(other);
    for (const service of services) {
      // A lasting service sees the changes of the stage.
      const context = service.lasts
        ? Object.assign(stage, { running: find })
        : { ...stage, running: find };
      this.#running.set(service, kept.get(service) ?? (await service.open(context, plan)));
    }
    for (const running of this.all) await running.provision?.();
  }

  /** The services that keep running when the stage gets another graph. */
  get lasting(): ReadonlyMap<Service, Running> {
    return new Map([...this.#running].filter(([service]) => service.lasts));
  }

  /** Returns an open service. */
  of<R extends Running>(service: Service<object, R>): R {
    const running = this.#running.get(service);
    if (!running) throw new Error("SERVICES must list a service after the services that it uses");
    return running as R;
  }

  /** The open services, in the order of `SERVICES`. */
  get all(): readonly Running[] {
    return [...this.#running.values()];
  }

  async start(): Promise<void> {
    for (const running of this.all) await running.start?.();
  }

  /** Creates the authority over the roles of the plan and the current policies of resources. */
  createAuthority(plan: Plan, graph: Graph, onDenied: (denial: Denial) => void): Authority {
    const services: readonly Service[] = SERVICES;
    const roles = services.flatMap((service): readonly Role[] => service.rolesOf?.(plan) ?? []);
    const policyOf = (resource: string) => {
      for (const running of this.#running.values()) {
        const policy = running.policyOf?.(resource);
        if (policy) return policy;
      }
      return undefined;
    };
    const conditionKeys = services.flatMap((service) => service.conditionKeys ?? []);
    return new Authority(roles, policyOf, graph, onDenied, conditionKeys);
  }
}

/** Maps the URLs that AWS would give the planned resources to their local URLs. */
export function addressesOf(plan: Plan, endpoint: string, accountId: string): Map<string, string> {
  const services: readonly Service[] = SERVICES;
  return new Map(
    services.flatMap((service) => service.addressesOf?.(plan, endpoint, accountId) ?? []),
  );
}
