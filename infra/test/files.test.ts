import { describe, expect, test } from "vitest";

import { all, graphOf, only, statements, text } from "./graph.ts";

const graph = graphOf("dev");

describe("the bucket", () => {
  test("blocks public access with all four settings", () => {
    expect(
      only(graph, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs,
    ).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
  });

  test("denies plain HTTP to everyone, and its policy allows nothing", () => {
    const bucket = text(only(graph, "aws:s3/bucketV2:BucketV2").state["arn"]);
    expect(statements(only(graph, "aws:s3/bucketPolicy:BucketPolicy").inputs["policy"])).toEqual([
      {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucket, `${bucket}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
  });

  test("has no CORS rules", () => {
    expect(graph.resources.filter(({ type }) => /cors/i.test(type))).toEqual([]);
  });

  test("has versioning enabled", () => {
    expect(
      only(graph, "aws:s3/bucketVersioningV2:BucketVersioningV2").inputs["versioningConfiguration"],
    ).toEqual({ status: "Enabled" });
  });

  test("aborts incomplete uploads after 7 days, and expires no object", () => {
    expect(
      only(graph, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2").inputs[
        "rules"
      ],
    ).toEqual([
      {
        id: "AbortStaleUploads",
        status: "Enabled",
        filter: { prefix: "" },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
    ]);
  });

  test("sends every event that changes a record to one queue", () => {
    const [notification] = all(graph, "aws:s3/bucketNotification:BucketNotification");
    expect(notification?.inputs["queues"]).toEqual([
      {
        id: "Events",
        queueArn: only(graph, "aws:sqs/queue:Queue", "EventsQueue").state["arn"],
        events: [
          "s3:ObjectCreated:*",
          "s3:ObjectRemoved:*",
          "s3:LifecycleExpiration:*",
          "s3:ObjectRestore:*",
          "s3:LifecycleTransition",
          "s3:IntelligentTiering",
        ],
      },
    ]);
  });
});
