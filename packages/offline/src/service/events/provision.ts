import type { Role } from "../../edge/authority.ts";
import { SYSTEM_CLOCK } from "../../ground/clock.ts";
import { planRole } from "../lambda/plan.ts";
import { s3 } from "../s3/provision.ts";
import type { Running, Service } from "../service.ts";
import { eventsFront } from "./front.ts";
import { EVENTS_CONDITION_KEYS } from "./iam.ts";
import {
  DEFAULT_BUS,
  EVENT_TYPES,
  isPlanned,
  planBuses,
  planRules,
  type RulePlan,
} from "./plan.ts";
import { Rules } from "./rules.ts";
import { Targets } from "./targets.ts";

export interface EventsPlan {
  /** Names. */
  buses: string[];
  rules: RulePlan[];
  /** The roles with which EventBridge starts state machines. */
  ruleRoles: Role[];
}

/** EventBridge: buses, rules for the events of buckets and of the app, and schedules. */
export const events: Service<EventsPlan> = {
  types: EVENT_TYPES,
  conditionKeys: EVENTS_CONDITION_KEYS,
  plan(graph) {
    const buses = planBuses(graph);
    const rules = planRules(graph, buses);
    const arns = rules.flatMap(({ targets }) => targets.flatMap(({ roleArn }) => roleArn ?? []));
    return { buses, rules, ruleRoles: [...new Set(arns)].map((arn) => planRole(graph, arn)) };
  },
  runs: (resource, { rules }) => isPlanned(resource, rules),
  rolesOf: ({ ruleRoles }) => ruleRoles,
  open(stage, plan): Running {
    const { graph, options, running } = stage;
    const { region, accountId } = graph;
    const place = { region, accountId };
    const clock = options.clock ?? SYSTEM_CLOCK;
    const targets = new Targets(stage, plan.ruleRoles);
    const rules = new Rules({
      ...plan,
      place,
      clock,
      send: (rule, target, event) => void targets.send(rule, target, event),
    });
    const buckets = running(s3);
    return {
      front: eventsFront({ rules, place, clock, onEvent: options.onEvent }),
      start: async () => {
        rules.start();
        buckets.onNotification("eventbridge", (_, body) =>
          rules.put(DEFAULT_BUS, JSON.parse(body)),
        );
      },
      stop: async () => {
        buckets.onNotification("eventbridge", undefined);
        rules.close();
      },
    };
  },
};
