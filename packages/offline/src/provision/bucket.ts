import type { BucketSettings } from "@waybill/s3";
import { type Graph, resourcesOf } from "../synth/graph.ts";
import { inputsOf, policyText, z } from "./inputs.ts";

export interface BucketPlan {
  name: string;
  settings: BucketSettings;
  /** The text of the bucket's policy, as it would be attached. */
  policy: string | undefined;
}

// Version 6 of the AWS provider, which SST 3 has, puts V2 behind the names; version 7 does not.
const BUCKET = ["aws:s3/bucketV2:BucketV2", "aws:s3/bucket:Bucket"];
const VERSIONING = [
  "aws:s3/bucketVersioningV2:BucketVersioningV2",
  "aws:s3/bucketVersioning:BucketVersioning",
];
export const NOTIFICATION = "aws:s3/bucketNotification:BucketNotification";
const POLICY = ["aws:s3/bucketPolicy:BucketPolicy"];

/** The resource types that these plans speak for. */
export const BUCKET_TYPES = [
  ...BUCKET,
  ...VERSIONING,
  NOTIFICATION,
  ...POLICY,
  // Nothing is public on 127.0.0.1.
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
];

const Versioning = z.object({
  versioningConfiguration: z.object({ status: z.enum(["Enabled", "Suspended", "Disabled"]) }),
});
const Notification = z.object({
  queues: z
    .array(
      z.object({
        id: z.string(),
        queueArn: z.string(),
        events: z.array(z.string()),
        filterPrefix: z.exactOptional(z.string()),
        filterSuffix: z.exactOptional(z.string()),
      }),
    )
    .default([]),
});
const Policy = z.object({ policy: policyText });

/** Every bucket of the graph, with its versioning, notifications and policy. */
export function planBuckets(graph: Graph): BucketPlan[] {
  const resources = (types: string[]) => types.flatMap((type) => resourcesOf(graph, type));
  return resources(BUCKET).map(({ id: name }) => {
    const of = (types: string[]) =>
      resources(types).find(({ inputs }) => inputs["bucket"] === name);
    const versioning = of(VERSIONING);
    const notification = of([NOTIFICATION]);
    const policy = of(POLICY);
    const status = versioning && inputsOf(versioning, Versioning).versioningConfiguration.status;
    return {
      name,
      settings: {
        versioning: status === undefined || status === "Disabled" ? "Unversioned" : status,
        notifications: notification ? inputsOf(notification, Notification).queues : [],
      },
      policy: policy && inputsOf(policy, Policy).policy,
    };
  });
}
