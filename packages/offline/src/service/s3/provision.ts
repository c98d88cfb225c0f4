import path from "node:path";

import { parsePolicy, PolicyError } from "@waybill/iam";
import { type BucketSettings, openS3, type S3, S3Error } from "@waybill/s3";

import { OfflineError } from "../../ground/error.ts";
import { type Graph, resourcesOf } from "../../synth/graph.ts";
import { inputsOf, policyText, z } from "../../synth/inputs.ts";
import type { Running, Service } from "../service.ts";
import { sqs } from "../sqs/provision.ts";
import { s3Commands } from "./commands.ts";
import { s3Front } from "./front.ts";
import { S3_CONDITION_KEYS } from "./iam.ts";
import { Notifications, type Receive } from "./notifications.ts";

export interface BucketPlan {
  name: string;
  settings: BucketSettings;
}

// Version 6 of the AWS provider, which SST 3 uses, appends V2 to the names; version 7 does not.
const BUCKET = ["aws:s3/bucketV2:BucketV2", "aws:s3/bucket:Bucket"];
const VERSIONING = [
  "aws:s3/bucketVersioningV2:BucketVersioningV2",
  "aws:s3/bucketVersioning:BucketVersioning",
];
const NOTIFICATION = "aws:s3/bucketNotification:BucketNotification";
const POLICY = ["aws:s3/bucketPolicy:BucketPolicy"];

const TYPES = {
  ...Object.fromEntries([...BUCKET, ...VERSIONING, ...POLICY].map((type) => [type, []])),
  [NOTIFICATION]: [],
  // Offline, there is no public access to block: only this machine can connect to 127.0.0.1.
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [],
};

const Versioning = z.object({
  versioningConfiguration: z.object({ status: z.enum(["Enabled", "Suspended", "Disabled"]) }),
});
const rule = {
  id: z.string(),
  events: z.array(z.string()),
  filterPrefix: z.exactOptional(z.string()),
  filterSuffix: z.exactOptional(z.string()),
};
const Notification = z.object({
  queues: z.array(z.object({ ...rule, queueArn: z.string() })).default([]),
  topics: z.array(z.object({ ...rule, topicArn: z.string() })).default([]),
  lambdaFunctions: z.array(z.object({ ...rule, lambdaFunctionArn: z.string() })).default([]),
  eventbridge: z.boolean().default(false),
});
/** The notification of an existing bucket that the app only reads. */
const Current = z.object({ bucket: z.string(), eventbridge: z.boolean() });
const Policy = z.object({ policy: policyText });

/** Returns the buckets of a graph, with their versioning, notifications and policies. */
function planBuckets(graph: Graph): BucketPlan[] {
  const resources = (types: string[]) => types.flatMap((type) => resourcesOf(graph, type));
  return resources(BUCKET).map(({ id: name }) => {
    const attached = (types: string[]) =>
      resources(types).find(({ inputs }) => inputs["bucket"] === name);
    const versioning = attached(VERSIONING);
    const notification = attached([NOTIFICATION]);
    const own = notification && inputsOf(notification, Notification);
    const isOnEventBridge =
      own?.eventbridge ||
      resources([NOTIFICATION]).some(({ state }) => {
        const current = Current.safeParse(state).data;
        return current?.bucket === name && current.eventbridge;
      });
    const policy = attached(POLICY);
    const status = versioning && inputsOf(versioning, Versioning).versioningConfiguration.status;
    return {
      name,
      settings: {
        versioning: status === undefined || status === "Disabled" ? "Unversioned" : status,
        notifications: own ? rulesOf(own) : [],
        ...(isOnEventBridge && { eventBridge: true }),
        ...(policy && { policy: inputsOf(policy, Policy).policy }),
      },
    };
  });
}

const rulesOf = ({ queues, topics, lambdaFunctions }: z.output<typeof Notification>) => [
  ...queues,
  ...topics.map(({ topicArn, ...of }) => ({ ...of, queueArn: topicArn })),
  ...lambdaFunctions.map(({ lambdaFunctionArn, ...of }) => ({
    ...of,
    queueArn: lambdaFunctionArn,
  })),
];

export interface RunningS3 extends Running {
  readonly engine: S3;
  /** Sets what receives the notifications for a service. Without it, they stay in the outbox. */
  onNotification(
    receiver: Parameters<Notifications["onNotification"]>[0],
    receive: Receive | undefined,
  ): void;
}

export const s3: Service<{ buckets: BucketPlan[] }, RunningS3> = {
  types: TYPES,
  conditionKeys: S3_CONDITION_KEYS,
  plan: (graph) => ({ buckets: planBuckets(graph) }),
  async open({ graph, folder, authority, faults, running }, { buckets }) {
    const { region, accountId } = graph;
    const queues = running(sqs).engine;
    const notifications = new Notifications({ authority, faults, queues, accountId });
    const engine = await openS3({
      dir: path.join(folder, "s3"),
      region,
      accountId,
      checkPolicy,
      // The engine retries.
      deliver: (destination, body) => notifications.deliver(destination, body),
    });
    return {
      engine,
      onNotification: (receiver, receive) => notifications.onNotification(receiver, receive),
      front: s3Front(engine, authority),
      commands: s3Commands(engine),
      status: () => ({ pendingNotifications: engine.pendingNotifications() }),
      policyOf(resource) {
        // The policy of a bucket also covers its objects.
        if (!resource.startsWith("arn:aws:s3:::")) return undefined;
        const bucket = resource.slice("arn:aws:s3:::".length).split("/", 1)[0] ?? "";
        const document = engine.policyOf(bucket);
        if (document === undefined) return undefined;
        return { name: `the policy of the bucket ${bucket}`, document };
      },
      provision() {
        for (const { name, settings } of buckets) {
          for (const { queueArn } of settings.notifications) {
            notifications.checkAllowed(`arn:aws:s3:::${name}`, queueArn);
          }
          ensureBucket(engine, name, settings);
        }
      },
      close: () => engine.close(),
    };
  },
};

/** Throws `OfflineError` (`provision.rejected`) for settings that S3 rejects. */
function ensureBucket(engine: S3, name: string, settings: BucketSettings): void {
  try {
    engine.ensureBucket(name, settings);
  } catch (cause) {
    if (!(cause instanceof S3Error)) throw cause;
    throw new OfflineError(
      "provision.rejected",
      `the bucket ${name} cannot be created: ${cause.message}`,
      { cause },
    );
  }
}

function checkPolicy(policy: string): string | undefined {
  try {
    parsePolicy(policy, "resource");
    return undefined;
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
}
