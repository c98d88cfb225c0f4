import { expect, test } from "vitest";

import { plan } from "../../../src/stack/plan.ts";
import type { Inputs } from "../../../src/synth/graph.ts";
import { bucket, graphOf, resource } from "../../graphs.ts";

test("plans a bucket without versions, notifications or policy by default", () => {
  expect(plan(graphOf([bucket("files")])).buckets).toEqual([
    {
      name: "files",
      settings: { versioning: "Unversioned", notifications: [] },
      policy: undefined,
    },
  ]);
});

test.each([
  ["Enabled", "Enabled"],
  ["Suspended", "Suspended"],
  ["Disabled", "Unversioned"],
])("plans versioning %s as %s", (status, versioning) => {
  const versions = resource("aws:s3/bucketVersioningV2:BucketVersioningV2", "v", {
    inputs: { bucket: "files", versioningConfiguration: { status } },
  });
  const { buckets } = plan(graphOf([bucket("files"), bucket("others"), versions]));

  expect(buckets.map(({ settings }) => settings.versioning)).toEqual([versioning, "Unversioned"]);
});

test("plans notifications and policy for the bucket that has them", () => {
  const rule = {
    id: "one",
    queueArn: "arn:aws:sqs:us-east-1:000000000000:events",
    events: ["s3:ObjectCreated:*"],
    filterPrefix: "in/",
  };
  const of = (type: string, inputs: Inputs) =>
    resource(type, "x", { inputs: { bucket: "files", ...inputs } });
  const { buckets } = plan(
    graphOf([
      bucket("files"),
      bucket("others"),
      of("aws:s3/bucketNotification:BucketNotification", { queues: [rule] }),
      of("aws:s3/bucketPolicy:BucketPolicy", { policy: { Statement: [] } }),
    ]),
  );

  expect(buckets).toMatchObject([
    { settings: { notifications: [rule], policy: '{"Statement":[]}' } },
    { settings: { notifications: [] } },
  ]);
  expect(buckets[1]?.settings).not.toHaveProperty("policy");
});
