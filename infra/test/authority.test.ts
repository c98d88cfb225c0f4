import { describe, expect, test } from "vitest";

import { all, graphOf, list, statements, text } from "./graph.ts";

const PARTITIONED = /\/\*$|\/index\/\*$|:\*$/;

describe.each(["dev", "production", "example-adopted"])("in the stage %s", (stage) => {
  const graph = graphOf(stage);
  const roles = all(graph, "aws:iam/role:Role");
  const granted = roles.flatMap(({ inputs }) =>
    (inputs["inlinePolicies"] as { policy: string }[]).flatMap(({ policy }) => statements(policy)),
  );

  test("there are two roles, one for each function, and nothing else of IAM: no policy can be attached later", () => {
    const types = graph.resources
      .map(({ type }) => type)
      .filter((type) => type.startsWith("aws:iam/"));
    expect(types).toEqual(["aws:iam/role:Role", "aws:iam/role:Role"]);
    const inUse = all(graph, "aws:lambda/function:Function").map(({ inputs }) =>
      text(inputs["role"]),
    );
    expect(inUse.toSorted()).toEqual(roles.map(({ state }) => text(state["arn"])).toSorted());
  });

  test("no role can be assumed by anyone but Lambda", () => {
    const trust = roles.flatMap(({ inputs }) => statements(inputs["assumeRolePolicy"]));
    expect(trust.map(({ Effect, Action, Principal }) => ({ Effect, Action, Principal }))).toEqual(
      roles.map(() => ({
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: "lambda.amazonaws.com" },
      })),
    );
  });

  test("no role is granted a wildcard action, nor a resource that is not named", () => {
    expect(granted.length).toBeGreaterThan(0);
    expect(
      granted.flatMap(({ Action }) => list(Action)).filter((name) => /[*?]/.test(name)),
    ).toEqual([]);
    // The objects of one bucket, the indexes of one table, the streams of one log group.
    const named = granted.flatMap(({ Resource }) => list(Resource));
    const bare = named.map((resource) => resource.replace(PARTITIONED, ""));
    expect(bare.filter((resource) => !/^arn:aws:[a-z0-9]+:[^*?]+$/.test(resource))).toEqual([]);
  });

  test("no statement grants all but what it lists", () => {
    const elements = granted.flatMap((statement) => Object.keys(statement));
    expect(elements.filter((name) => name.startsWith("Not"))).toEqual([]);
  });

  test("only the bucket and the queue of events have a policy of their own", () => {
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
