import { type Graph, type GraphResource, resourcesOf } from "../../synth/graph.ts";
import { inputsOf, stateOf, z } from "../../synth/inputs.ts";
import { matchesPattern, PatternError } from "./pattern.ts";
import { parseSchedule, type Schedule } from "./schedule.ts";

const RULE = "aws:cloudwatch/eventRule:EventRule";
const TARGET = "aws:cloudwatch/eventTarget:EventTarget";

/** The resource types of EventBridge that run, each with the inputs that are ignored. */
export const EVENT_TYPES = {
  [RULE]: ["roleArn"],
  [TARGET]: ["deadLetterConfig", "retryPolicy", "inputPath", "inputTransformer"],
};

export interface TargetPlan {
  /** The logical name of its resource. */
  readonly resource: string;
  /** A queue, a function or a state machine. */
  readonly arn: string;
  /** The role with which EventBridge starts a state machine. */
  readonly roleArn: string | undefined;
  /** JSON that replaces the event. */
  readonly input: string | undefined;
  /** For a function: whether its policy allows the rule to invoke it. */
  readonly isAllowed: boolean;
}

export interface RulePlan {
  readonly resource: string;
  readonly name: string;
  readonly arn: string;
  /** The parsed pattern, or the schedule. */
  readonly pattern: unknown;
  readonly schedule: Schedule | undefined;
  readonly targets: readonly TargetPlan[];
}

const RuleInputs = z.object({
  name: z.string(),
  eventPattern: z.string().optional(),
  scheduleExpression: z.string().optional(),
  eventBusName: z.string().optional(),
  isEnabled: z.boolean().optional(),
  state: z.string().optional(),
});
const TargetInputs = z.object({
  rule: z.string(),
  arn: z.string(),
  roleArn: z.string().optional(),
  input: z.string().optional(),
});

const PERMISSION = "aws:lambda/permission:Permission";
const PermissionInputs = z.object({
  function: z.string(),
  principal: z.string(),
  sourceArn: z.string().optional(),
});

/** Whether the policy of a function allows a rule to invoke it; other targets have policies of their own. */
function mayInvoke(graph: Graph, rule: string, target: string): boolean {
  if (!target.includes(":lambda:")) return true;
  return resourcesOf(graph, PERMISSION)
    .map((permission) => inputsOf(permission, PermissionInputs))
    .some(
      (permission) =>
        permission.principal === "events.amazonaws.com" &&
        (permission.function === target || permission.function === target.split(":").at(-1)) &&
        (permission.sourceArn === undefined || permission.sourceArn === rule),
    );
}

/** A target of one of these can run. */
const RUNNABLE =
  /^arn:aws[a-z-]*:(sqs:[^:]*:\d*:[\w-]+|lambda:[^:]*:\d*:function:[\w-]+|states:[^:]*:\d*:stateMachine:[\w-]+)$/;

/**
 * Returns the enabled rules of the default bus with the targets that can run. A rule with an invalid
 * pattern or schedule is left out, and listed as declared only.
 */
export function planRules(graph: Graph): RulePlan[] {
  return resourcesOf(graph, RULE).flatMap((resource) => {
    const inputs = inputsOf(resource, RuleInputs);
    const { eventPattern, scheduleExpression, eventBusName = "default" } = inputs;
    const isDisabled = inputs.isEnabled === false || inputs.state === "DISABLED";
    const pattern = eventPattern === undefined ? undefined : parsePattern(eventPattern);
    const schedule =
      scheduleExpression === undefined ? undefined : parseSchedule(scheduleExpression);
    const isRun = pattern !== undefined || schedule !== undefined;
    if (isDisabled || eventBusName !== "default" || !isRun) return [];
    const { name } = inputs;
    const arn = stateOf(resource, "arn");
    return [
      {
        resource: resource.name,
        name,
        arn,
        pattern,
        schedule,
        targets: targetsOf(graph, name, arn),
      },
    ];
  });
}

function targetsOf(graph: Graph, rule: string, ruleArn: string): TargetPlan[] {
  return resourcesOf(graph, TARGET)
    .map((resource) => ({ resource: resource.name, ...inputsOf(resource, TargetInputs) }))
    .filter((target) => target.rule === rule && RUNNABLE.test(target.arn))
    .map(({ resource, arn, roleArn, input }) => ({
      resource,
      arn,
      roleArn,
      input,
      isAllowed: mayInvoke(graph, ruleArn, arn),
    }));
}

function parsePattern(text: string): unknown {
  try {
    const pattern: unknown = JSON.parse(text);
    matchesPattern(pattern, {});
    return pattern;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof PatternError) return undefined;
    throw error;
  }
}

/** Whether a resource of `EVENT_TYPES` is part of the plan. */
export function isPlanned({ type, name }: GraphResource, rules: readonly RulePlan[]): boolean {
  if (type === RULE) return rules.some(({ resource }) => resource === name);
  return rules.some(({ targets }) => targets.some(({ resource }) => resource === name));
}
