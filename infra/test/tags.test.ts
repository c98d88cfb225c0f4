import { describe, expect, test } from "vitest";

import { all, graphOf, statements, text } from "./graph.ts";

/** The events of the notification or of the rule, and all actions of all roles, in a stage. */
function tagsIn(stage: string) {
  const graph = graphOf(stage);
  const rules = all(graph, "aws:cloudwatch/eventRule:EventRule").flatMap(({ inputs }) => {
    const pattern = JSON.parse(text(inputs["eventPattern"] ?? "{}")) as Record<string, string[]>;
    return pattern["detail-type"] ?? [];
  });
  const notified = all(graph, "aws:s3/bucketNotification:BucketNotification").flatMap(
    ({ inputs }) => ((inputs["queues"] ?? []) as { events: string[] }[]).flatMap((to) => to.events),
  );
  const roles = all(graph, "aws:iam/role:Role").flatMap(
    (role) => role.inputs["inlinePolicies"] as { policy: string }[],
  );
  const actions = roles.flatMap(({ policy }) =>
    statements(policy).flatMap(({ Action }) => [Action].flat()),
  );
  return { graph, events: [...rules, ...notified], actions };
}

describe("a stage with `tags: true`", () => {
  const { graph, events, actions } = tagsIn("example-adopted");

  test("is notified of changes of tags, and may read them", () => {
    expect(events).toContain("Object Tags Added");
    expect(actions.filter((action) => action.includes("Tagging"))).toEqual([
      "s3:GetObjectTagging",
      "s3:GetObjectTagging",
    ]);
    expect(graph.links["Settings"]).toMatchObject({ tags: true });
  });
});

test.each(["dev", "production"])("the stage %s does neither", (stage) => {
  const { events, actions } = tagsIn(stage);
  expect([...events, ...actions].filter((name) => name.includes("Tagging"))).toEqual([]);
});
