import { describe, expect, test } from "vitest";

import { all, graphOf, list, statements, text } from "./graph.ts";

const PARTITIONED = /\/\*$|\/index\/\*$|:\*$/;

describe.each(["dev", "production", "example-adopted"])("in the stage %s", (stage) => {
  const graph = graphOf(stage);
  const roles = all(graph, "aws:iam/role:Role");
  const granted = roles.flatMap(({ inputs }) =>
    (inputs["inlinePolicies"] as { policy: string }[]).flatMap(({ policy }) => statements(policy)),
  );

  test("has one role for each function, state machine and schedule, and no other IAM resource", () => {
    const types = graph.resources
      .map(({ type }) => type)
      .filter((type) => type.startsWith("aws:iam/"));
    expect(new Set(types)).toEqual(new Set(["aws:iam/role:Role"]));
    const inUse = [
      ...all(graph, "aws:lambda/function:Function").map(({ inputs }) => inputs["role"]),
      ...all(graph, "aws:sfn/stateMachine:StateMachine").map(({ inputs }) => inputs["roleArn"]),
      ...all(graph, "aws:cloudwatch/eventTarget:EventTarget").map(
        ({ inputs }) => inputs["roleArn"],
      ),
    ];
    const used = inUse.filter((arn) => arn !== undefined).map((arn) => text(arn));
    expect(used.toSorted()).toEqual(roles.map(({ state }) => text(state["arn"])).toSorted());
  });

  test("only the service that runs it can assume a role", () => {
    const services = roles.map(({ name, inputs }) => {
      const [trust, ...others] = statements(inputs["assumeRolePolicy"]);
      expect(others).toEqual([]);
      expect(trust).toMatchObject({ Effect: "Allow", Action: "sts:AssumeRole" });
      return [name.replace(/^EventsSubscriber.*/, "Ingest"), trust?.Principal];
    });
    const service = (name: string) => ({ Service: `${name}.amazonaws.com` });
    expect(Object.fromEntries(services)).toEqual({
      Ingest: service("lambda"),
      ApiRole: service("lambda"),
      ReconcileStepRole: service("lambda"),
      ReconcileRole: service("states"),
      ...(stage === "example-adopted" && { ScheduleRole: service("events") }),
    });
  });

  test("grants no wildcard action and no unnamed resource", () => {
    expect(granted.length).toBeGreaterThan(0);
    expect(
      granted.flatMap(({ Action }) => list(Action)).filter((name) => /[*?]/.test(name)),
    ).toEqual([]);
    // A wildcard is allowed for the objects of a bucket, the indexes of a table, the streams of a log group and the
    // executions of a state machine.
    const named = granted.flatMap(({ Resource }) => list(Resource));
    const bare = named.map((resource) => resource.replace(PARTITIONED, ""));
    expect(bare.filter((resource) => !/^arn:aws:[a-z0-9]+:[^*?]+$/.test(resource))).toEqual([]);
  });

  test("uses no NotAction and no NotResource", () => {
    const elements = granted.flatMap((statement) => Object.keys(statement));
    expect(elements.filter((name) => name.startsWith("Not"))).toEqual([]);
  });

  test("only the bucket and the queues have a resource policy", () => {
    const policies = graph.resources
      .map(({ type }) => type)
      .filter((type) => /policy|permission/i.test(type));
    expect(policies.toSorted()).toEqual([
      ...(stage === "example-adopted" ? [] : ["aws:s3/bucketPolicy:BucketPolicy"]),
      "aws:sqs/queuePolicy:QueuePolicy",
      "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    ]);
  });
});
