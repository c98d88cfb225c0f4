import type { EventOrigin, EventPlace, ObjectChange } from "./event.ts";
import { NULL_VERSION } from "../object/version.ts";
import { sequencer } from "../store/sequence.ts";

/** The destination of events for EventBridge, where others have the ARN of a queue. */
export const EVENT_BRIDGE = "eventbridge";

interface Kind {
  /** The `detail-type`. */
  readonly type: string;
  readonly reason?: string;
  readonly deletion?: "Permanently Deleted" | "Delete Marker Created";
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
const KINDS: Readonly<Record<ObjectChange["event"], Kind>> = {
  "ObjectCreated:Put": { type: "Object Created", reason: "PutObject" },
  "ObjectCreated:Post": { type: "Object Created", reason: "POST Object" },
  "ObjectCreated:Copy": { type: "Object Created", reason: "CopyObject" },
  "ObjectCreated:CompleteMultipartUpload": {
    type: "Object Created",
    reason: "CompleteMultipartUpload",
  },
  "ObjectRemoved:Delete": {
    type: "Object Deleted",
    reason: "DeleteObject",
    deletion: "Permanently Deleted",
  },
  "ObjectRemoved:DeleteMarkerCreated": {
    type: "Object Deleted",
    reason: "DeleteObject",
    deletion: "Delete Marker Created",
  },
  "LifecycleExpiration:Delete": {
    type: "Object Deleted",
    reason: "Lifecycle Expiration",
    deletion: "Permanently Deleted",
  },
  "LifecycleExpiration:DeleteMarkerCreated": {
    type: "Object Deleted",
    reason: "Lifecycle Expiration",
    deletion: "Delete Marker Created",
  },
  "ObjectTagging:Put": { type: "Object Tags Added" },
  "ObjectTagging:Delete": { type: "Object Tags Deleted" },
  "ObjectRestore:Post": { type: "Object Restore Initiated" },
  "ObjectRestore:Completed": { type: "Object Restore Completed" },
  LifecycleTransition: { type: "Object Storage Class Changed" },
};

/**
 * Returns the event of one change in the form of EventBridge. The key is not form-encoded, the time has
 * whole seconds, and the sequencer has no leading zeros.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function eventBridgeBody(
  change: ObjectChange,
  { region, accountId, bucket, time }: Omit<EventPlace, "configurationId">,
  { requestId, sourceIp }: EventOrigin,
): string {
  const { type, reason, deletion } = KINDS[change.event];
  const { object } = change;
  const isByS3 = change.event.startsWith("Lifecycle") || change.event === "ObjectRestore:Completed";
  return JSON.stringify({
    version: "0",
    id: crypto.randomUUID(),
    "detail-type": type,
    source: "aws.s3",
    account: accountId,
    time: `${time.toISOString().slice(0, 19)}Z`,
    region,
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: "0",
      bucket: { name: bucket },
      object: {
        key: object.key,
        ...("size" in object && deletion === undefined && { size: object.size }),
        ...("etag" in object && { etag: object.etag }),
        ...(object.version !== NULL_VERSION && { "version-id": object.version }),
        ...sequencerOf(change),
      },
      "request-id": requestId,
      // The account or the service, where S3's own notifications have the principal.
      requester: isByS3 ? "s3.amazonaws.com" : accountId,
      ...(!isByS3 && { "source-ip-address": sourceIp }),
      ...(reason !== undefined && { reason }),
      ...(deletion !== undefined && { "deletion-type": deletion }),
      ...(change.event === "ObjectRestore:Completed" && {
        "restore-expiry-time": `${change.expiry.toISOString().slice(0, 19)}Z`,
      }),
      ...((change.event === "ObjectRestore:Post" || change.event === "ObjectRestore:Completed") && {
        "source-storage-class": change.object.storageClass,
      }),
      ...(change.event === "LifecycleTransition" && {
        "destination-storage-class": change.object.storageClass,
      }),
    },
  });
}

/** 16 lower-case digits: without the zeros with which S3's own notifications begin. Restores have none. */
function sequencerOf(change: ObjectChange): { sequencer?: string } {
  if (change.event.startsWith("ObjectRestore:")) return {};
  const isOrdered =
    change.event.startsWith("ObjectCreated:") || change.event.endsWith(":DeleteMarkerCreated");
  const id =
    "id" in change ? change.id : isOrdered && "id" in change.object ? change.object.id : undefined;
  return id === undefined ? {} : { sequencer: sequencer(id).replace(/^00/, "").toLowerCase() };
}
