import { Authority, type Denial, type Role } from "../edge/authority.ts";
import { SERVICES } from "../service/index.ts";
import type { Running, Service, Stage } from "../service/service.ts";
import type { Graph } from "../synth/graph.ts";
import type { Plan } from "./plan.ts";

/** The services of one stage, from `open` to `close`. */
export class Services {
  readonly #running = new Map<Service, Running>();

  /** Opens what the stage has stored, and creates what the plan describes. `close` also closes a part, after a failure. */
  async open(stage: Omit<Stage, "running">, plan: Plan): Promise<void> {
    const services: readonly Service[] = SERVICES;
    for (const service of services) {
      const running: Stage["running"] = (other) => this.of(other);
      this.#running.set(service, await service.open({ ...stage, running }, plan));
    }
    for (const running of this.all) await running.provision?.();
  }

  /** A running service. It must be open. */
  of<R extends Running>(service: Service<object, R>): R {
    const running = this.#running.get(service);
    if (!running) throw new Error("a service must be listed after those that it uses");
    return running as R;
  }

  /** All that are open, in the order of their list. */
  get all(): readonly Running[] {
    return [...this.#running.values()];
  }

  async start(): Promise<void> {
    for (const running of this.all) await running.start?.();
  }

  /** Who may do what: the policies of the plan's roles, and the current policies of resources. */
  authorityOver(plan: Plan, graph: Graph, onDenied: (denial: Denial) => void): Authority {
    const services: readonly Service[] = SERVICES;
    const roles = services.flatMap((service): readonly Role[] => service.rolesOf?.(plan) ?? []);
    const policyOf = (resource: string) => {
      for (const running of this.#running.values()) {
        const policy = running.policyOf?.(resource);
        if (policy) return policy;
      }
      return undefined;
    };
    return new Authority(roles, policyOf, graph, onDenied);
  }
}

/** Local URLs of everything that a plan describes, by the URL that AWS would give it. */
export function addressesOf(plan: Plan, endpoint: string, accountId: string): Map<string, string> {
  const services: readonly Service[] = SERVICES;
  return new Map(
    services.flatMap((service) => service.addressesOf?.(plan, endpoint, accountId) ?? []),
  );
}
