import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, test } from "vitest";

import { all, graphOf, only, text } from "./graph.ts";
import { root } from "./root.ts";

const dev = graphOf("dev");
const adopted = graphOf("example-adopted");
const queueName = (name: string) => text(only(dev, "aws:sqs/queue:Queue", name).state["name"]);
const functionName = "waybill-dev-ingest";

const alarm = (name: string, graph = dev) =>
  only(graph, "aws:cloudwatch/metricAlarm:MetricAlarm", name).inputs;

describe("an alarm is raised", () => {
  test("by the first dead letter, within a minute", () => {
    expect(alarm("DeadLettersAlarm")).toMatchObject({
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: queueName("DeadEventsQueue") },
      statistic: "Maximum",
      period: 60,
      threshold: 0,
      comparisonOperator: "GreaterThanThreshold",
      datapointsToAlarm: 1,
    });
  });

  test("by dead letters, for longer than `waybill dead` hides them", () => {
    const { period, evaluationPeriods } = alarm("DeadLettersAlarm");
    expect(Number(period) * Number(evaluationPeriods)).toBeGreaterThan(60);
  });

  test("by an event that is five minutes old", () => {
    expect(alarm("OldestEventAlarm")).toMatchObject({
      metricName: "ApproximateAgeOfOldestMessage",
      dimensions: { QueueName: queueName("EventsQueue") },
      threshold: 300,
    });
  });

  test.each([
    ["FunctionErrorsAlarm", "Errors", functionName],
    ["FunctionThrottlesAlarm", "Throttles", functionName],
    ["ApiErrorsAlarm", "Errors", "waybill-dev-api"],
  ])("by errors and throttles of a function: %s", (name, metricName, FunctionName) => {
    expect(alarm(name)).toMatchObject({
      namespace: "AWS/Lambda",
      metricName,
      dimensions: { FunctionName },
      statistic: "Sum",
      threshold: 0,
    });
  });

  test("by more than five percent of unreadable objects", () => {
    const { metricQueries, threshold } = alarm("UnreadableAlarm");
    expect(threshold).toBe(5);
    expect(metricQueries).toMatchObject([
      {
        id: "indexed",
        metric: {
          namespace: "Waybill",
          metricName: "Indexed",
          dimensions: { service: "waybill", stage: "dev" },
          stat: "Sum",
        },
      },
      { id: "unreadable", metric: { metricName: "Unreadable" } },
      {
        // Some objects are deleted before they are read, so the rate of fewer than 20 objects means nothing.
        expression: "IF(indexed + unreadable >= 20, 100 * unreadable / (indexed + unreadable), 0)",
        returnData: true,
      },
    ]);
  });

  test("by events that never arrived, as a comparison found out", () => {
    expect(alarm("LostEventsAlarm")).toMatchObject({
      namespace: "Waybill",
      metricName: "LostEvents",
      statistic: "Sum",
      threshold: 0,
    });
  });

  test("by a bucket that does not send its events", () => {
    expect(alarm("NotificationAlarm")).toMatchObject({
      metricName: "NotificationProblems",
      statistic: "Maximum",
      threshold: 0,
    });
  });

  test("by a comparison that failed", () => {
    const { arn } = only(dev, "aws:sfn/stateMachine:StateMachine").state;
    expect(alarm("ReconcileFailedAlarm")).toMatchObject({
      namespace: "AWS/States",
      metricName: "ExecutionsFailed",
      dimensions: { StateMachineArn: arn },
    });
  });

  test("by the absence of events, only in a stage that expects events", () => {
    expect(
      all(dev, "aws:cloudwatch/metricAlarm:MetricAlarm").map(({ name }) => name),
    ).not.toContain("SilenceAlarm");
    expect(alarm("SilenceAlarm", adopted)).toMatchObject({
      metricName: "NumberOfMessagesSent",
      period: 3600,
      evaluationPeriods: 24,
      comparisonOperator: "LessThanThreshold",
      treatMissingData: "breaching",
    });
  });
});

test("every alarm evaluates one day at most, the limit of CloudWatch for these periods", () => {
  for (const { inputs } of all(adopted, "aws:cloudwatch/metricAlarm:MetricAlarm")) {
    const queries = (inputs["metricQueries"] ?? []) as { metric?: { period: number } }[];
    const periods = [inputs["period"], ...queries.map(({ metric }) => metric?.period)];
    for (const period of periods.filter((each) => each !== undefined)) {
      expect(Number(period) * Number(inputs["evaluationPeriods"])).toBeLessThanOrEqual(86_400);
    }
  }
});

test("every alarm names a section of the runbook with its meaning, checks, actions and what not to do", () => {
  const sections = new Map(
    readFileSync(path.join(root, "docs/runbook.md"), "utf8")
      .split(/^## /m)
      .map((section) => [section.split("\n", 1)[0] ?? "", section]),
  );
  for (const { inputs } of all(adopted, "aws:cloudwatch/metricAlarm:MetricAlarm")) {
    const anchor = /See docs\/runbook\.md#([\w-]+)$/.exec(text(inputs["alarmDescription"]))?.[1];
    expect(text(inputs["name"])).toBe(`waybill-example-adopted-${anchor}`);
    for (const part of ["**Meaning.**", "**Check.**", "**Action.**", "**Do not**"]) {
      expect(sections.get(anchor ?? "")).toContain(part);
    }
  }
});

test("every alarm notifies the topic when it starts and when it ends", () => {
  const topic = only(dev, "aws:sns/topic:Topic").state["arn"];
  for (const { inputs } of all(dev, "aws:cloudwatch/metricAlarm:MetricAlarm")) {
    expect(inputs).toMatchObject({ alarmActions: [topic], okActions: [topic] });
  }
});

test("alarms are mailed only in a stage with an address", () => {
  expect(all(dev, "aws:sns/topicSubscription:TopicSubscription")).toEqual([]);
  expect(only(adopted, "aws:sns/topicSubscription:TopicSubscription").inputs).toMatchObject({
    protocol: "email",
    endpoint: "you@example.com",
  });
});

test("the dashboard shows events, lag, outcomes, errors, age, dead letters, comparisons and the API of this stage", () => {
  const { widgets } = JSON.parse(
    text(only(dev, "aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]),
  ) as {
    widgets: { properties: { title: string; region: string; metrics: unknown[][] } }[];
  };
  const panels = Object.fromEntries(
    widgets.map(({ properties }) => [properties.title, properties.metrics]),
  );
  const own = ["service", "waybill", "stage", "dev"];
  expect(panels).toEqual({
    Events: [
      ["AWS/SQS", "NumberOfMessagesSent", "QueueName", queueName("EventsQueue"), expect.anything()],
    ],
    "Lag from event to record": [
      ["Waybill", "Lag", ...own, { stat: "p50", label: "Lag p50" }],
      ["Waybill", "Lag", ...own, { stat: "p99", label: "Lag p99" }],
    ],
    Outcomes: ["Indexed", "Removed", "Refreshed", "Stale"].map((name) => [
      "Waybill",
      name,
      ...own,
      { stat: "Sum", label: name },
    ]),
    Trouble: [
      ...["Unreadable", "Failed"].map((name) => ["Waybill", name, ...own, expect.anything()]),
      ...["Errors", "Throttles"].map((name) => [
        "AWS/Lambda",
        name,
        "FunctionName",
        functionName,
        expect.anything(),
      ]),
    ],
    "Oldest event": [
      [
        "AWS/SQS",
        "ApproximateAgeOfOldestMessage",
        "QueueName",
        queueName("EventsQueue"),
        expect.anything(),
      ],
    ],
    "Dead letters": [
      [
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "QueueName",
        queueName("DeadEventsQueue"),
        expect.anything(),
      ],
    ],
    "Comparisons with the bucket": [
      ...["Missing", "Ghost", "Different", "Repaired", "LostEvents"].map((name) => [
        "Waybill",
        name,
        ...own,
        { stat: "Sum", label: name },
      ]),
      [
        "Waybill",
        "NotificationProblems",
        ...own,
        { stat: "Maximum", label: "NotificationProblems" },
      ],
    ],
    API: ["Invocations", "Errors", "Throttles"].map((name) => [
      "AWS/Lambda",
      name,
      "FunctionName",
      "waybill-dev-api",
      expect.anything(),
    ]),
  });
});
