import { formEncode } from "../encoding.ts";
import { NULL_VERSION, type ObjectVersion } from "../object/version.ts";
import { sequencer } from "../store/sequence.ts";

/** The caller and the request that caused an event. */
export interface EventOrigin {
  readonly principalId: string;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly hostId: string;
}

/** The origin in events of lifecycle rules, as S3 sends it. */
export const LIFECYCLE_ORIGIN = { principalId: "s3.amazonaws.com", sourceIp: "s3.amazonaws.com" };

type CreatedEvent =
  | "ObjectCreated:Put"
  | "ObjectCreated:Post"
  | "ObjectCreated:Copy"
  | "ObjectCreated:CompleteMultipartUpload";

/** A change that can cause a notification. */
export type ObjectChange =
  | { readonly event: CreatedEvent; readonly object: ObjectVersion }
  | {
      readonly event: "ObjectRemoved:Delete" | "LifecycleExpiration:Delete";
      readonly object: Pick<ObjectVersion, "key" | "version">;
      /** The sequence number of the event. */
      readonly id: number;
    }
  | { readonly event: "ObjectRemoved:DeleteMarkerCreated"; readonly object: ObjectVersion }
  | {
      readonly event: "LifecycleExpiration:DeleteMarkerCreated";
      readonly object: ObjectVersion;
      readonly id: number;
    }
  | {
      readonly event: "ObjectTagging:Put" | "ObjectTagging:Delete";
      readonly object: ObjectVersion;
    }
  | { readonly event: "ObjectRestore:Post"; readonly object: ObjectVersion; readonly id: number }
  | {
      readonly event: "ObjectRestore:Completed";
      readonly object: ObjectVersion;
      readonly id: number;
      readonly expiry: Date;
    }
  | { readonly event: "LifecycleTransition"; readonly object: ObjectVersion };

export interface EventPlace {
  readonly region: string;
  readonly accountId: string;
  readonly bucket: string;
  readonly configurationId: string;
  readonly time: Date;
}

/**
 * Returns the notification of one change. S3 sends one record per message.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function eventBody(change: ObjectChange, place: EventPlace, origin: EventOrigin): string {
  const record = {
    eventVersion: eventVersion(change.event),
    eventSource: "aws:s3",
    awsRegion: place.region,
    eventTime: place.time.toISOString(),
    eventName: change.event,
    userIdentity: { principalId: origin.principalId },
    requestParameters: { sourceIPAddress: origin.sourceIp },
    responseElements: { "x-amz-request-id": origin.requestId, "x-amz-id-2": origin.hostId },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: place.configurationId,
      bucket: {
        name: place.bucket,
        ownerIdentity: { principalId: ownerPrincipal(place.accountId) },
        arn: `arn:aws:s3:::${place.bucket}`,
      },
      object: {
        key: formEncode(change.object.key),
        ...describe(change),
        // S3 omits the version id "null".
        ...(change.object.version !== NULL_VERSION && { versionId: change.object.version }),
        ...order(change),
      },
    },
    ...extra(change),
  };
  return JSON.stringify({ Records: [record] });
}

/** Events of lifecycle and tagging have version 2.3, the others 2.1. */
function eventVersion(event: ObjectChange["event"]): string {
  return event.startsWith("Lifecycle") || event.startsWith("ObjectTagging") ? "2.3" : "2.1";
}

/** Which events have a size and an ETag was recorded from AWS. */
function describe(change: ObjectChange): { size?: number; eTag?: string } {
  switch (change.event) {
    case "ObjectRemoved:Delete":
    case "LifecycleExpiration:Delete":
      return {};
    case "ObjectRemoved:DeleteMarkerCreated":
    case "LifecycleExpiration:DeleteMarkerCreated":
    case "ObjectTagging:Put":
    case "ObjectTagging:Delete":
      return { eTag: change.object.etag };
    case "ObjectCreated:Put":
    case "ObjectCreated:Post":
    case "ObjectCreated:Copy":
    case "ObjectCreated:CompleteMultipartUpload":
    case "ObjectRestore:Post":
    case "ObjectRestore:Completed":
    case "LifecycleTransition":
      return { size: change.object.size, eTag: change.object.etag };
  }
}

/** Only events that create, remove or restore an object have a sequencer. */
function order(change: ObjectChange): { sequencer?: string } {
  if ("id" in change) return { sequencer: sequencer(change.id) };
  const ordered =
    change.event.startsWith("ObjectCreated:") || change.event.endsWith(":DeleteMarkerCreated");
  return ordered ? { sequencer: sequencer(change.object.id) } : {};
}

function extra(change: ObjectChange): object {
  switch (change.event) {
    case "ObjectRestore:Completed":
      return {
        glacierEventData: {
          restoreEventData: {
            lifecycleRestorationExpiryTime: change.expiry.toISOString(),
            lifecycleRestoreStorageClass: change.object.storageClass,
          },
        },
      };
    case "LifecycleTransition":
      return {
        lifecycleEventData: {
          transitionEventData: { destinationStorageClass: change.object.storageClass },
        },
      };
    case "ObjectCreated:Put":
    case "ObjectCreated:Post":
    case "ObjectCreated:Copy":
    case "ObjectCreated:CompleteMultipartUpload":
    case "ObjectRemoved:Delete":
    case "ObjectRemoved:DeleteMarkerCreated":
    case "LifecycleExpiration:Delete":
    case "LifecycleExpiration:DeleteMarkerCreated":
    case "ObjectTagging:Put":
    case "ObjectTagging:Delete":
    case "ObjectRestore:Post":
      return {};
  }
}

/** Returns the message that S3 sends to a queue when it becomes a destination of the bucket. */
export function testEventBody(bucket: string, time: Date, origin: EventOrigin): string {
  return JSON.stringify({
    Service: "Amazon S3",
    Event: "s3:TestEvent",
    Time: time.toISOString(),
    Bucket: bucket,
    RequestId: origin.requestId,
    HostId: origin.hostId,
  });
}

/** Returns the owner id of an account, in the form of S3's customer ids. */
export function ownerPrincipal(accountId: string): string {
  return `A${BigInt(accountId).toString(36).toUpperCase().padStart(13, "0")}`;
}
