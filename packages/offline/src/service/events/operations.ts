import * as z from "zod";

import { OperationError } from "../../edge/json-front.ts";
import type { Place } from "../../edge/requirement.ts";
import type { Clock } from "../../ground/clock.ts";
import type { StackOptions } from "../service.ts";
import { putEvents } from "./put-events.ts";
import { busNameOf, DEFAULT_BUS, type RulePlan } from "./plan.ts";
import type { Rules } from "./rules.ts";

/** What the operations use. */
export interface EventsContext {
  readonly rules: Rules;
  readonly place: Place;
  readonly clock: Clock;
  readonly onEvent: StackOptions["onEvent"];
}

const bus = z.string().default(DEFAULT_BUS).transform(busNameOf);
const OnRule = z.object({ Name: z.string(), EventBusName: bus });
const page = { Limit: z.int().min(1).max(100).default(100), NextToken: z.string().optional() };
const ListRules = z.object({ EventBusName: bus, NamePrefix: z.string().default(""), ...page });
const ListTargets = z.object({ EventBusName: bus, Rule: z.string(), ...page });

type Operation = (context: EventsContext, input: unknown) => object;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  PutEvents: putEvents,
  ListRules({ rules }, input) {
    const { EventBusName, NamePrefix, ...paging } = ListRules.parse(input);
    checkBus(rules, EventBusName);
    const found = rules.of(EventBusName).filter(({ name }) => name.startsWith(NamePrefix));
    const { items, NextToken } = pageOf(found, paging);
    return { Rules: items.map((rule) => describe(rules, rule)), NextToken };
  },
  DescribeRule({ rules, place }, input) {
    const { Name, EventBusName } = OnRule.parse(input);
    const rule = find(rules, Name, EventBusName);
    return { ...describe(rules, rule), CreatedBy: place.accountId };
  },
  ListTargetsByRule({ rules }, input) {
    const { Rule, EventBusName, ...paging } = ListTargets.parse(input);
    const { items, NextToken } = pageOf(find(rules, Rule, EventBusName).targets, paging);
    const Targets = items.map(({ id, arn, roleArn, input: Input, inputPath, deadLetterArn }) => ({
      Id: id,
      Arn: arn,
      RoleArn: roleArn,
      Input,
      InputPath: inputPath,
      DeadLetterConfig: deadLetterArn === undefined ? undefined : { Arn: deadLetterArn },
    }));
    return { Targets, NextToken };
  },
  EnableRule({ rules }, input) {
    const { Name, EventBusName } = OnRule.parse(input);
    rules.enable(find(rules, Name, EventBusName));
    return {};
  },
  DisableRule({ rules }, input) {
    const { Name, EventBusName } = OnRule.parse(input);
    rules.disable(find(rules, Name, EventBusName));
    return {};
  },
};

/** Performs an operation of EventBridge. Throws an `OperationError`. */
export function handleEvents(context: EventsContext, operation: string, input: unknown): object {
  const perform = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (perform === undefined) {
    throw new OperationError("ValidationException", `offline does not support ${operation}`);
  }
  try {
    return perform(context, input);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new OperationError("ValidationException", z.prettifyError(error));
  }
}

function find(rules: Rules, name: string, busName: string): RulePlan {
  checkBus(rules, busName);
  const rule = rules.of(busName).find((each) => each.name === name);
  if (rule) return rule;
  const message = `Rule ${name} does not exist on EventBus ${busName}.`;
  throw new OperationError("ResourceNotFoundException", message);
}

function checkBus(rules: Rules, busName: string): void {
  if (rules.hasBus(busName)) return;
  throw new OperationError("ResourceNotFoundException", `Event bus ${busName} does not exist.`);
}

const describe = (rules: Rules, rule: RulePlan) => ({
  Name: rule.name,
  Arn: rule.arn,
  EventBusName: rule.bus,
  EventPattern: rule.eventPattern,
  ScheduleExpression: rule.scheduleExpression,
  Description: rule.description,
  State: rules.isEnabled(rule) ? "ENABLED" : "DISABLED",
});

/** `NextToken` is the index of the first item of the next page. */
function pageOf<T>(
  all: readonly T[],
  { Limit, NextToken }: { Limit: number; NextToken?: string | undefined },
): { items: readonly T[]; NextToken: string | undefined } {
  const start = Number(NextToken ?? 0);
  if (!Number.isInteger(start) || start < 0) {
    throw new OperationError("ValidationException", "The NextToken is not valid.");
  }
  const end = start + Limit;
  return { items: all.slice(start, end), NextToken: end < all.length ? String(end) : undefined };
}
