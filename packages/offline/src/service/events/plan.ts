import { OfflineError } from "../../ground/error.ts";
import { type Graph, type GraphResource, resourcesOf } from "../../synth/graph.ts";
import { inputsOf, stateOf, z } from "../../synth/inputs.ts";
import { compilePattern, type Matcher, PatternError } from "./pattern.ts";
import { parseSchedule, type Schedule } from "./schedule.ts";
import { ScheduleError } from "./schedule-error.ts";
import { planTargets, TARGET, type TargetPlan } from "./target-plan.ts";

const BUS = "aws:cloudwatch/eventBus:EventBus";
const RULE = "aws:cloudwatch/eventRule:EventRule";

/** The resource types of EventBridge that run, each with the inputs that are ignored. */
export const EVENT_TYPES = {
  [BUS]: ["deadLetterConfig", "eventSourceName", "kmsKeyIdentifier", "logConfig"],
  [RULE]: ["roleArn"],
  // What EventBridge retries, such as throttling, does not occur offline.
  [TARGET]: ["retryPolicy"],
};

export const DEFAULT_BUS = "default";

export interface RulePlan {
  /** The logical name of its resource. */
  readonly resource: string;
  readonly name: string;
  /** The name of its bus. */
  readonly bus: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly isEnabled: boolean;
  /** As declared. */
  readonly eventPattern: string | undefined;
  readonly scheduleExpression: string | undefined;
  readonly matches: Matcher | undefined;
  readonly schedule: Schedule | undefined;
  readonly targets: readonly TargetPlan[];
}

const RuleInputs = z.object({
  description: z.string().optional(),
  eventPattern: z.string().optional(),
  scheduleExpression: z.string().optional(),
  eventBusName: z.string().optional(),
  isEnabled: z.boolean().optional(),
  state: z.string().optional(),
});

/** Returns the names of the buses that exist: the default one and those of the graph. */
export function planBuses(graph: Graph): string[] {
  const declared = resourcesOf(graph, BUS).map((resource) => stateOf(resource, "name"));
  return [...new Set([DEFAULT_BUS, ...declared])];
}

/** Returns the name of a bus from its name or ARN. */
export const busNameOf = (nameOrArn: string): string => nameOrArn.split("/").at(-1) ?? "";

/**
 * Returns the rules of the buses that exist, with the targets that can run. Throws `OfflineError`
 * (`provision.rejected`, `provision.unsupported`) for a rule or target that EventBridge would reject or
 * offline does not support.
 */
export function planRules(graph: Graph, buses: readonly string[]): RulePlan[] {
  return resourcesOf(graph, RULE)
    .map((resource) => planRule(graph, resource))
    .filter(({ bus }) => buses.includes(bus));
}

function planRule(graph: Graph, resource: GraphResource): RulePlan {
  const inputs = inputsOf(resource, RuleInputs);
  const { description, eventPattern, scheduleExpression, eventBusName } = inputs;
  const name = stateOf(resource, "name");
  const bus = busNameOf(eventBusName ?? DEFAULT_BUS);
  try {
    if (eventPattern === undefined && scheduleExpression === undefined) {
      throw new ScheduleError("it must have an event pattern or a schedule expression");
    }
    if (scheduleExpression !== undefined && bus !== DEFAULT_BUS) {
      throw new ScheduleError("only rules of the default bus can have a schedule expression");
    }
    return {
      resource: resource.name,
      name,
      bus,
      arn: stateOf(resource, "arn"),
      description,
      isEnabled: inputs.isEnabled !== false && inputs.state !== "DISABLED",
      eventPattern,
      scheduleExpression,
      matches: eventPattern === undefined ? undefined : compilePattern(parseJson(eventPattern)),
      schedule: scheduleExpression === undefined ? undefined : parseSchedule(scheduleExpression),
      targets: planTargets(graph, name, bus),
    };
  } catch (cause) {
    if (!(cause instanceof PatternError || cause instanceof ScheduleError)) throw cause;
    const given = scheduleExpression ?? eventPattern ?? "";
    throw new OfflineError(
      "provision.rejected",
      `the rule ${name} cannot be created: ${cause.message}. It has ${given === "" ? "neither" : given}.`,
      { cause },
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PatternError(`its event pattern is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Whether a resource of `EVENT_TYPES` is part of the plan. */
export function isPlanned({ type, name }: GraphResource, rules: readonly RulePlan[]): boolean {
  if (type === RULE) return rules.some(({ resource }) => resource === name);
  if (type === BUS) return true;
  return rules.some(({ targets }) => targets.some(({ resource }) => resource === name));
}
