/** The bucket of the samples. */
export const BUCKET = "amzn-s3-demo-bucket";

interface Overrides {
  readonly eventVersion?: unknown;
  readonly eventSource?: unknown;
  readonly eventName?: unknown;
  readonly eventTime?: unknown;
  readonly awsRegion?: unknown;
  readonly bucket?: unknown;
  /** Undefined members are omitted from the JSON. */
  readonly object?: Record<string, unknown>;
  readonly extra?: Record<string, unknown>;
}

/** A record as S3 sends it, by default of an object in a bucket without versioning. */
export function sampleRecord(overrides: Overrides = {}): Record<string, unknown> {
  const { object, extra, bucket = BUCKET, ...header } = overrides;
  return {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: "us-west-2",
    eventTime: "2026-03-01T09:15:04.123Z",
    eventName: "ObjectCreated:Put",
    ...header,
    userIdentity: { principalId: "AWS:AIDAEXAMPLE" },
    requestParameters: { sourceIPAddress: "192.0.2.7" },
    responseElements: { "x-amz-request-id": "EXAMPLE123456789", "x-amz-id-2": "EXAMPLE/id+2=" },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: "Events",
      bucket: {
        name: bucket,
        ownerIdentity: { principalId: "A3NL1KOZZKExample" },
        arn: `arn:aws:s3:::${BUCKET}`,
      },
      object: {
        key: "photos/red+flower.jpg",
        size: 1024,
        eTag: "d41d8cd98f00b204e9800998ecf8427e",
        sequencer: "0055AED6DCD90281E5",
        ...object,
      },
    },
    ...extra,
  };
}

/** A message body with these records. */
export const bodyOf = (...records: readonly unknown[]): string =>
  JSON.stringify({ Records: records });

/** A message as an SNS topic forwards it. */
export const wrappedBySns = (message: string): string =>
  JSON.stringify({
    Type: "Notification",
    MessageId: "5d4b3c2a-0000-4000-8000-000000000000",
    TopicArn: "arn:aws:sns:us-west-2:111122223333:files",
    Subject: "Amazon S3 Notification",
    Message: message,
    Timestamp: "2026-03-01T09:15:05.000Z",
  });

/** The message that S3 sends when a notification is configured. */
export const TEST_EVENT = JSON.stringify({
  Service: "Amazon S3",
  Event: "s3:TestEvent",
  Time: "2026-03-01T09:00:00.000Z",
  Bucket: BUCKET,
  RequestId: "EXAMPLE123456789",
  HostId: "EXAMPLE/host+id=",
});

const gone = { size: undefined, eTag: undefined };
const versioned = { versionId: "096fKKXTRTtl3on89fVO.nfljtsv6qko" };
const unordered = { sequencer: undefined };

/** One record of each event that S3 sends, with the members that S3 sends for it. */
export const EVERY_EVENT: Record<string, Record<string, unknown>> = {
  "ObjectCreated:Put": sampleRecord(),
  "ObjectCreated:Post": sampleRecord({ eventName: "ObjectCreated:Post", object: versioned }),
  "ObjectCreated:Copy": sampleRecord({
    eventName: "ObjectCreated:Copy",
    eventVersion: "2.6",
    object: { ...versioned, hasObjectAnnotation: true },
  }),
  "ObjectCreated:CompleteMultipartUpload": sampleRecord({
    eventName: "ObjectCreated:CompleteMultipartUpload",
    object: { size: 5_497_558_138_880, eTag: "d41d8cd98f00b204e9800998ecf8427e-1000" },
  }),
  "ObjectRemoved:Delete": sampleRecord({ eventName: "ObjectRemoved:Delete", object: gone }),
  "ObjectRemoved:DeleteMarkerCreated": sampleRecord({
    eventName: "ObjectRemoved:DeleteMarkerCreated",
    object: { ...versioned, size: undefined },
  }),
  "LifecycleExpiration:Delete": sampleRecord({
    eventName: "LifecycleExpiration:Delete",
    eventVersion: "2.3",
    object: gone,
  }),
  "LifecycleExpiration:DeleteMarkerCreated": sampleRecord({
    eventName: "LifecycleExpiration:DeleteMarkerCreated",
    eventVersion: "2.3",
    object: { ...versioned, ...gone },
  }),
  "ObjectRestore:Post": sampleRecord({ eventName: "ObjectRestore:Post" }),
  "ObjectRestore:Completed": sampleRecord({
    eventName: "ObjectRestore:Completed",
    object: versioned,
    extra: {
      glacierEventData: {
        restoreEventData: {
          lifecycleRestorationExpiryTime: "2026-03-03T00:00:00.000Z",
          lifecycleRestoreStorageClass: "GLACIER",
        },
      },
    },
  }),
  "ObjectRestore:Delete": sampleRecord({
    eventName: "ObjectRestore:Delete",
    eventVersion: "2.3",
    object: unordered,
  }),
  LifecycleTransition: sampleRecord({
    eventName: "LifecycleTransition",
    eventVersion: "2.3",
    object: unordered,
    extra: {
      lifecycleEventData: { transitionEventData: { destinationStorageClass: "GLACIER" } },
    },
  }),
  IntelligentTiering: sampleRecord({
    eventName: "IntelligentTiering",
    eventVersion: "2.3",
    object: unordered,
    extra: { intelligentTieringEventData: { destinationAccessTier: "DEEP_ARCHIVE_ACCESS" } },
  }),
  "ObjectTagging:Put": sampleRecord({ eventName: "ObjectTagging:Put", object: unordered }),
  "ObjectTagging:Delete": sampleRecord({ eventName: "ObjectTagging:Delete", object: unordered }),
  "ObjectAcl:Put": sampleRecord({ eventName: "ObjectAcl:Put", object: unordered }),
  "ObjectAnnotation:Put": sampleRecord({
    eventName: "ObjectAnnotation:Put",
    eventVersion: "2.6",
    object: unordered,
  }),
  "ObjectRetention:Put": sampleRecord({
    eventName: "ObjectRetention:Put",
    eventVersion: "2.5",
    object: unordered,
    extra: { objectRetentionEventData: { mode: "GOVERNANCE" } },
  }),
  "Replication:OperationFailedReplication": sampleRecord({
    eventName: "Replication:OperationFailedReplication",
    eventVersion: "2.2",
    object: unordered,
    extra: { replicationEventData: { replicationRuleId: "r", failureReason: "AssumeRole" } },
  }),
  ReducedRedundancyLostObject: sampleRecord({
    eventName: "ReducedRedundancyLostObject",
    object: unordered,
  }),
};
