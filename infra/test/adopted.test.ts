import { describe, expect, test } from "vitest";

import { all, graphOf, only, statements, text } from "./graph.ts";

const NAME = "name-of-your-bucket";
const ARN = `arn:aws:s3:::${NAME}`;
const NOTIFICATION = "aws:s3/bucketNotification:BucketNotification";
const followed = graphOf("example-adopted");
const notified = graphOf("example-notified");

/** The resources of S3 that a stage creates or changes; it only reads the others. */
const touched = (graph: typeof followed) =>
  graph.resources
    .filter(({ type, existing }) => type.startsWith("aws:s3/") && !existing)
    .filter(({ name }) => name.startsWith("Files"))
    .map(({ type }) => type);

describe("a stage with an existing bucket", () => {
  test.each([followed, notified])("looks it up", (graph) => {
    expect(only(graph, "aws:s3/bucketV2:BucketV2")).toMatchObject({ id: NAME, existing: true });
    expect(graph.links["Files"]).toEqual({ type: "sst.aws.Bucket", name: NAME });
  });

  test.each([followed, notified])("reads its objects", (graph) => {
    const roles = all(graph, "aws:iam/role:Role").flatMap(
      ({ inputs }) => inputs["inlinePolicies"] as { policy: string }[],
    );
    const resources = roles.flatMap(({ policy }) =>
      statements(policy).map(({ Resource }) => Resource),
    );
    expect(resources).toContain(`${ARN}/*`);
  });

  test("is told by a rule of EventBridge, and changes nothing of the bucket", () => {
    expect(touched(followed)).toEqual([]);
    const rule = only(followed, "aws:cloudwatch/eventRule:EventRule", "FilesRule");
    expect(JSON.parse(text(rule.inputs["eventPattern"]))).toMatchObject({
      source: ["aws.s3"],
      "detail-type": expect.arrayContaining(["Object Created", "Object Tags Added"]) as string[],
      detail: { bucket: { name: [NAME] } },
    });
    const queue = only(followed, "aws:sqs/queue:Queue", "EventsQueue");
    expect(
      only(followed, "aws:cloudwatch/eventTarget:EventTarget", "FilesTarget").inputs,
    ).toMatchObject({
      rule: rule.state["name"],
      arn: queue.state["arn"],
    });
    expect(
      statements(only(followed, "aws:sqs/queuePolicy:QueuePolicy").inputs["policy"]),
    ).toMatchObject([
      {
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Condition: { ArnEquals: { "aws:SourceArn": rule.state["arn"] } },
      },
    ]);
    expect(followed.warnings).toEqual([]);
  });

  test("is told by a notification of the bucket if it says so", () => {
    expect(touched(notified)).toEqual([NOTIFICATION]);
    const notification = only(notified, NOTIFICATION, /^Files(?!Current)/);
    expect(notification.inputs).toMatchObject({ bucket: NAME, queues: [{ id: "Events" }] });
    const [policy] = statements(only(notified, "aws:sqs/queuePolicy:QueuePolicy").inputs["policy"]);
    expect(policy?.Condition).toMatchObject({ ArnEquals: { "aws:SourceArn": ARN } });
    expect(all(notified, "aws:cloudwatch/eventRule:EventRule")).toEqual([]);
  });
});

test("other stages create their bucket", () => {
  for (const stage of ["dev", "production"]) {
    expect(graphOf(stage).resources.filter(({ existing }) => existing)).toEqual([]);
  }
});
