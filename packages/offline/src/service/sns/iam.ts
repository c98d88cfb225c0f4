import { type Body, derive, textOf, UnknownRequestError } from "../../edge/derivation.ts";
import type { Derivation, Place, Requirement } from "../../edge/requirement.ts";

/** The condition keys that requirements of this service can have. */
export const SNS_CONDITION_KEYS = "sns:Endpoint sns:Protocol";

type RequirementsOf = (body: Body, place: Place) => Requirement[];

const on = (action: string, resource: string, context: Requirement["context"] = {}) => [
  { action: `sns:${action}`, resource, context },
];

const ARN = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]+(?::[\w-]+)?$/;

const onArn =
  (action: string, member: string): RequirementsOf =>
  (body) =>
    on(action, arnOf(body, member));

function arnOf(body: Body, member: string): string {
  const arn = textOf(body, member);
  if (!ARN.test(arn)) throw new UnknownRequestError(`${member} must be the ARN of SNS`);
  return arn;
}

const OPERATIONS: Readonly<Record<string, RequirementsOf>> = {
  CreateTopic: (body, { region, accountId }) =>
    on("CreateTopic", `arn:aws:sns:${region}:${accountId}:${textOf(body, "Name")}`),
  DeleteTopic: onArn("DeleteTopic", "TopicArn"),
  ListTopics: () => on("ListTopics", "*"),
  GetTopicAttributes: onArn("GetTopicAttributes", "TopicArn"),
  SetTopicAttributes: onArn("SetTopicAttributes", "TopicArn"),
  Subscribe: (body) => {
    const { Endpoint, Protocol } = body;
    return on("Subscribe", arnOf(body, "TopicArn"), {
      ...(typeof Endpoint === "string" && { "sns:Endpoint": Endpoint }),
      ...(typeof Protocol === "string" && { "sns:Protocol": Protocol }),
    });
  },
  Unsubscribe: onArn("Unsubscribe", "SubscriptionArn"),
  ListSubscriptions: () => on("ListSubscriptions", "*"),
  ListSubscriptionsByTopic: onArn("ListSubscriptionsByTopic", "TopicArn"),
  GetSubscriptionAttributes: onArn("GetSubscriptionAttributes", "SubscriptionArn"),
  SetSubscriptionAttributes: onArn("SetSubscriptionAttributes", "SubscriptionArn"),
  Publish: (body) => {
    // A text message has no resource.
    if (body["PhoneNumber"] !== undefined) return on("Publish", "*");
    return on("Publish", arnOf(body, body["TopicArn"] === undefined ? "TargetArn" : "TopicArn"));
  },
  PublishBatch: onArn("Publish", "TopicArn"),
};

/**
 * Returns the permissions that a call of SNS needs (Service Authorization Reference, "Actions,
 * resources, and condition keys for Amazon SNS"). Calls about a subscription have its ARN as the resource,
 * as in the messages of denials on AWS.
 */
export const snsNeeds = (operation: string, input: unknown, place: Place): Derivation =>
  derive(`SNS.${operation}`, input, (body) => {
    const requirementsOf = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
    if (!requirementsOf) throw new UnknownRequestError("offline does not support this operation");
    return requirementsOf(body, place);
  });
