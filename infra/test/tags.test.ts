import { describe, expect, test } from "vitest";

import { all, graphOf, only, statements } from "./graph.ts";

/** The events of the notification, and all actions of all roles, in a stage. */
function tagsIn(stage: string) {
  const graph = graphOf(stage);
  const { inputs } = only(graph, "aws:s3/bucketNotification:BucketNotification");
  const [queue] = inputs["queues"] as { events: string[] }[];
  const roles = all(graph, "aws:iam/role:Role").flatMap(
    (role) => role.inputs["inlinePolicies"] as { policy: string }[],
  );
  const actions = roles.flatMap(({ policy }) =>
    statements(policy).flatMap(({ Action }) => [Action].flat()),
  );
  return { graph, events: queue?.events ?? [], actions };
}

describe("a stage with `tags: true`", () => {
  const { graph, events, actions } = tagsIn("example-adopted");

  test("is notified of changes of tags, and may read them", () => {
    expect(events).toContain("s3:ObjectTagging:*");
    expect(actions.filter((action) => action.includes("Tagging"))).toEqual(["s3:GetObjectTagging"]);
    expect(graph.links["Settings"]).toMatchObject({ tags: true });
  });
});

test.each(["dev", "production"])("the stage %s does neither", (stage) => {
  const { events, actions } = tagsIn(stage);
  expect([...events, ...actions].filter((name) => name.includes("Tagging"))).toEqual([]);
});
