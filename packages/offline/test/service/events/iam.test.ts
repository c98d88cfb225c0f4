import { describe, expect, test } from "vitest";

import { eventsNeeds } from "../../../src/service/events/iam.ts";

const place = { region: "us-east-1", accountId: "000000000000" };
const arn = (path: string) => `arn:aws:events:us-east-1:000000000000:${path}`;

describe("a call of EventBridge needs", () => {
  test("PutEvents for the bus of each entry, with its source and type", () => {
    const Entries = [
      { Source: "a", DetailType: "b", Detail: "{}" },
      { EventBusName: "own" },
      { EventBusName: arn("event-bus/other") },
    ];
    const condition = { "events:eventBusInvocation": "false" };

    expect(eventsNeeds("PutEvents", { Entries }, place)).toEqual({
      ok: true,
      requirements: [
        {
          action: "events:PutEvents",
          resource: arn("event-bus/default"),
          context: { ...condition, "events:source": "a", "events:detail-type": "b" },
        },
        { action: "events:PutEvents", resource: arn("event-bus/own"), context: condition },
        { action: "events:PutEvents", resource: arn("event-bus/other"), context: condition },
      ],
    });
  });

  test.each([
    ["DescribeRule", { Name: "r" }, "rule/r"],
    ["EnableRule", { Name: "r", EventBusName: "own" }, "rule/own/r"],
    ["DisableRule", { Name: "r", EventBusName: arn("event-bus/own") }, "rule/own/r"],
    ["ListTargetsByRule", { Rule: "r", EventBusName: "default" }, "rule/r"],
  ])("%s for its rule", (operation, input, path) => {
    const context = { "events:creatorAccount": place.accountId };

    expect(eventsNeeds(operation, input, place)).toEqual({
      ok: true,
      requirements: [{ action: `events:${operation}`, resource: arn(path), context }],
    });
  });

  test("ListRules for all rules", () => {
    expect(eventsNeeds("ListRules", {}, place)).toEqual({
      ok: true,
      requirements: [{ action: "events:ListRules", resource: "*", context: {} }],
    });
  });
});

test.each([
  ["PutEvents", { Entries: [] }],
  ["PutEvents", { Entries: [{ EventBusName: 1 }] }],
  ["DescribeRule", {}],
  ["DescribeRule", { Name: "a/b" }],
  ["DescribeRule", { Name: "a", EventBusName: "arn:aws:sqs:us-east-1:1:x" }],
  ["PutRule", { Name: "a" }],
  ["toString", {}],
])("a call of %s with %j is unknown", (operation, input) => {
  expect(eventsNeeds(operation, input, place).ok).toBe(false);
});
