import { describe, expect, test } from "vitest";

import { all, graphOf, list, statements, text } from "./graph.ts";

const PARTITIONED = /\/\*$|\/index\/\*$|:\*$/;

describe.each(["dev", "production", "example-adopted"])("in the stage %s", (stage) => {
  const graph = graphOf(stage);
  const roles = all(graph, "aws:iam/role:Role");
  const granted = roles.flatMap(({ inputs }) =>
    (inputs["inlinePolicies"] as { policy: string }[]).flatMap(({ policy }) => statements(policy)),
  );

  test("has two roles, one for each function, and no other IAM resource", () => {
    const types = graph.resources
      .map(({ type }) => type)
      .filter((type) => type.startsWith("aws:iam/"));
    expect(types).toEqual(["aws:iam/role:Role", "aws:iam/role:Role"]);
    const inUse = all(graph, "aws:lambda/function:Function").map(({ inputs }) =>
      text(inputs["role"]),
    );
    expect(inUse.toSorted()).toEqual(roles.map(({ state }) => text(state["arn"])).toSorted());
  });

  test("only Lambda can assume a role", () => {
    const trust = roles.flatMap(({ inputs }) => statements(inputs["assumeRolePolicy"]));
    expect(trust.map(({ Effect, Action, Principal }) => ({ Effect, Action, Principal }))).toEqual(
      roles.map(() => ({
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: "lambda.amazonaws.com" },
      })),
    );
  });

  test("grants no wildcard action and no unnamed resource", () => {
    expect(granted.length).toBeGreaterThan(0);
    expect(
      granted.flatMap(({ Action }) => list(Action)).filter((name) => /[*?]/.test(name)),
    ).toEqual([]);
    // A wildcard is allowed for the objects of a bucket, the indexes of a table and the streams of a log group.
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
