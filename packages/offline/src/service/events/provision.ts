import type { Role } from "../../edge/authority.ts";
import { planRole } from "../lambda/plan.ts";
import { lambda } from "../lambda/provision.ts";
import { s3 } from "../s3/provision.ts";
import type { Running, Service, Stage } from "../service.ts";
import { sqs } from "../sqs/provision.ts";
import { stepFunctions } from "../step-functions/provision.ts";
import { matchesPattern } from "./pattern.ts";
import { EVENT_TYPES, isPlanned, planRules, type RulePlan, type TargetPlan } from "./plan.ts";

interface EventsPlan {
  rules: RulePlan[];
  /** The roles with which EventBridge starts state machines. */
  ruleRoles: Role[];
}

/** Longer timers than this overflow in Node. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** EventBridge: the rules of the default bus for S3's events, and schedules. */
export const events: Service<EventsPlan> = {
  types: EVENT_TYPES,
  plan(graph) {
    const rules = planRules(graph);
    const arns = rules.flatMap(({ targets }) => targets.flatMap(({ roleArn }) => roleArn ?? []));
    return { rules, ruleRoles: [...new Set(arns)].map((arn) => planRole(graph, arn)) };
  },
  runs: (resource, { rules }) => isPlanned(resource, rules),
  rolesOf: ({ ruleRoles }) => ruleRoles,
  open(stage, { rules, ruleRoles }): Running {
    const targets = new Targets(stage, ruleRoles);
    const timers = new Set<NodeJS.Timeout>();
    const schedule = (rule: RulePlan, after: Date) => {
      const due = rule.schedule?.(after);
      if (due === undefined) return;
      const left = due.getTime() - Date.now();
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          if (left > MAX_TIMER_MS) return schedule(rule, after);
          for (const target of rule.targets)
            targets.send(rule, target, scheduledEvent(rule, stage));
          schedule(rule, due);
        },
        Math.min(Math.max(0, left), MAX_TIMER_MS),
      );
      timers.add(timer);
    };
    stage.running(s3).onEventBridge((body) => {
      const event: unknown = JSON.parse(body);
      for (const rule of rules) {
        if (rule.pattern === undefined || !matchesPattern(rule.pattern, event)) continue;
        for (const target of rule.targets) targets.send(rule, target, body);
      }
    });
    return {
      start: async () => {
        for (const rule of rules) schedule(rule, new Date());
      },
      stop: async () => {
        for (const timer of timers) clearTimeout(timer);
      },
    };
  },
};

function scheduledEvent({ arn }: RulePlan, { graph }: Stage): string {
  return JSON.stringify({
    version: "0",
    id: crypto.randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: graph.accountId,
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region: graph.region,
    resources: [arn],
    detail: {},
  });
}

/** Sends events to the targets of rules, if the policies allow it. */
class Targets {
  readonly #stage: Stage;
  readonly #roles: readonly Role[];

  constructor(stage: Stage, roles: readonly Role[]) {
    this.#stage = stage;
    this.#roles = roles;
  }

  /** Sends an event. A delivery that is denied or fails is reported, and lost, as without a dead-letter queue on AWS. */
  send(rule: RulePlan, { arn, roleArn, input, isAllowed }: TargetPlan, body: string): void {
    const event = input ?? body;
    const service = arn.split(":")[2];
    try {
      if (service === "sqs") this.#sendToQueue(rule, arn, event);
      else if (!isAllowed) throw new Error("the policy of the function does not allow it.");
      else if (service === "lambda") void this.#invoke(rule, arn, event);
      else void this.#startExecution(rule, arn, roleArn, event);
    } catch (error) {
      this.#report(rule, arn, (error as Error).message);
    }
  }

  #sendToQueue({ arn: ruleArn }: RulePlan, arn: string, event: string): void {
    const { authority, faults, graph, running } = this.#stage;
    const denial = authority.denialFor({ type: "service", service: "events.amazonaws.com" }, [
      {
        action: "sqs:SendMessage",
        resource: arn,
        context: { "aws:SourceArn": ruleArn, "aws:SourceAccount": graph.accountId },
      },
    ]);
    if (denial !== undefined) throw new Error(denial);
    const queues = running(sqs).engine;
    for (const delaySeconds of faults.forNotification()) queues.send(arn, event, delaySeconds);
  }

  async #invoke(rule: RulePlan, arn: string, event: string): Promise<void> {
    const outcome = await this.#stage.running(lambda).invoke(arn, event);
    if (!outcome.ok) this.#report(rule, arn, outcome.error);
  }

  async #startExecution(
    rule: RulePlan,
    stateMachineArn: string,
    roleArn: string | undefined,
    input: string,
  ): Promise<void> {
    const { authority, graph, running } = this.#stage;
    const role = this.#roles.find((one) => one.arn === roleArn);
    try {
      if (role === undefined || !authority.mayAssume(role, "events.amazonaws.com")) {
        throw new Error("EventBridge cannot assume the role of the target.");
      }
      const { accountId } = graph;
      const principal = { type: "role", arn: role.arn, accountId, session: "events" } as const;
      const needed = { action: "states:StartExecution", resource: stateMachineArn, context: {} };
      const denial = authority.denialFor(principal, [needed]);
      if (denial !== undefined) throw new Error(denial);
      const { engine } = running(stepFunctions);
      await engine.handle({ operation: "StartExecution", input: { stateMachineArn, input } });
    } catch (error) {
      this.#report(rule, stateMachineArn, (error as Error).message);
    }
  }

  #report({ name }: RulePlan, arn: string, reason: string): void {
    const message = `the rule ${name} did not reach ${arn}: ${reason}`;
    this.#stage.options.onEvent({ type: "problem", message });
  }
}
