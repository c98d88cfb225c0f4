import { bodiesOf, type Body, derive, textOf, UnknownRequestError } from "../../edge/derivation.ts";
import type { Derivation, Place, Requirement } from "../../edge/requirement.ts";
import { DEFAULT_BUS } from "./plan.ts";

/** The condition keys that requirements of this service can have. */
export const EVENTS_CONDITION_KEYS = `
  events:source events:detail-type events:eventBusInvocation events:creatorAccount events:ManagedBy
`;

type RequirementsOf = (body: Body, place: Place) => Requirement[];

const NAME = /^[.\-_/A-Za-z0-9]{1,256}$/;
const BUS_ARN = /^arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus\/([.\-_/A-Za-z0-9]+)$/;

/** Returns the ARN of the bus in `EventBusName`, which is a name or an ARN. */
function busOf(body: Body, { region, accountId }: Place): string {
  const given = body["EventBusName"] === undefined ? DEFAULT_BUS : textOf(body, "EventBusName");
  if (BUS_ARN.test(given)) return given;
  if (NAME.test(given)) return `arn:aws:events:${region}:${accountId}:event-bus/${given}`;
  throw new UnknownRequestError("EventBusName must be the name or the ARN of a bus");
}

const onRule =
  (action: string, member: string): RequirementsOf =>
  (body, place) => {
    const name = textOf(body, member);
    if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name)) {
      throw new UnknownRequestError(`${member} must be the name of a rule`);
    }
    const [prefix = "", bus = ""] = busOf(body, place).split(":event-bus/");
    const path = bus === DEFAULT_BUS ? name : `${bus}/${name}`;
    const context = { "events:creatorAccount": place.accountId };
    return [{ action: `events:${action}`, resource: `${prefix}:rule/${path}`, context }];
  };

/** Each entry needs the permission for its bus, with its own condition keys. */
function putEvents(body: Body, place: Place): Requirement[] {
  return bodiesOf(body["Entries"], "Entries").map((entry) => ({
    action: "events:PutEvents",
    resource: busOf(entry, place),
    context: {
      "events:eventBusInvocation": "false",
      ...keyOf("events:source", entry["Source"]),
      ...keyOf("events:detail-type", entry["DetailType"]),
    },
  }));
}

const keyOf = (key: string, value: unknown): Record<string, string> =>
  typeof value === "string" ? { [key]: value } : {};

const OPERATIONS: Readonly<Record<string, RequirementsOf>> = {
  PutEvents: putEvents,
  ListRules: () => [{ action: "events:ListRules", resource: "*", context: {} }],
  DescribeRule: onRule("DescribeRule", "Name"),
  ListTargetsByRule: onRule("ListTargetsByRule", "Rule"),
  EnableRule: onRule("EnableRule", "Name"),
  DisableRule: onRule("DisableRule", "Name"),
};

/**
 * Returns the permissions that a call of EventBridge needs (Service Authorization Reference,
 * "Actions, resources, and condition keys for Amazon EventBridge").
 */
export const eventsNeeds = (operation: string, input: unknown, place: Place): Derivation =>
  derive(`AWSEvents.${operation}`, input, (body) => {
    const requirementsOf = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
    if (!requirementsOf) throw new UnknownRequestError("offline does not support this operation");
    return requirementsOf(body, place);
  });
