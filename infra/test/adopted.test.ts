import { expect, test } from "vitest";

import { all, graphOf, only, statements } from "./graph.ts";

const graph = graphOf("example-adopted");
const arn = "arn:aws:s3:::name-of-your-bucket";

test("a stage with an existing bucket looks it up, and changes only its notifications", () => {
  const bucket = only(graph, "aws:s3/bucketV2:BucketV2");
  expect(bucket).toMatchObject({ id: "name-of-your-bucket", existing: true });
  const touched = graph.resources.filter(
    ({ type, name }) => type.startsWith("aws:s3/") && name.startsWith("Files"),
  );
  expect(touched.map(({ type }) => type).toSorted()).toEqual([
    "aws:s3/bucketNotification:BucketNotification",
    "aws:s3/bucketV2:BucketV2",
  ]);
});

test("events, permissions and link name the existing bucket", () => {
  expect(only(graph, "aws:s3/bucketNotification:BucketNotification").inputs["bucket"]).toBe(
    "name-of-your-bucket",
  );
  const [queuePolicy] = statements(only(graph, "aws:sqs/queuePolicy:QueuePolicy").inputs["policy"]);
  expect(queuePolicy?.Condition).toMatchObject({ ArnEquals: { "aws:SourceArn": arn } });
  const roles = all(graph, "aws:iam/role:Role").flatMap(
    ({ inputs }) => inputs["inlinePolicies"] as { policy: string }[],
  );
  const resources = roles.flatMap(({ policy }) =>
    statements(policy).map(({ Resource }) => Resource),
  );
  expect(resources).toContain(`${arn}/*`);
  expect(graph.links["Files"]).toEqual({ type: "sst.aws.Bucket", name: "name-of-your-bucket" });
});

test("a deployment warns that it replaces the notifications of the bucket", () => {
  expect(graph.warnings).toEqual([
    expect.stringMatching(/name-of-your-bucket\. .* REPLACES all notifications/),
  ]);
});

test("other stages create their bucket", () => {
  expect(graphOf("dev").resources.filter(({ existing }) => existing)).toEqual([]);
  expect(graphOf("production").resources.filter(({ existing }) => existing)).toEqual([]);
});
