/** The fields of an event that a test composes. */
export interface EventFields {
  readonly name: string;
  readonly bucket: string;
  readonly key: string;
  /** ISO 8601; now, if it is not given. */
  readonly time?: string;
  readonly versionId?: string | undefined;
  /** 18 hexadecimal digits, as S3 sends them. S3 sends none for tags, restores and transitions. */
  readonly sequencer?: string | undefined;
  readonly eventVersion?: string;
  readonly size?: number;
  readonly eTag?: string;
}

/** A sequencer after all that S3 assigns in this century, and one before them. */
export const LATE = "00FFFFFFFF00000000";
export const EARLY = "000000000100000000";

/** One record in the structure of the Amazon S3 User Guide ("Event message structure"). */
export function record({
  name,
  bucket,
  key,
  eventVersion = "2.1",
  time = new Date().toISOString(),
  ...object
}: EventFields): object {
  return {
    eventVersion,
    eventSource: "aws:s3",
    awsRegion: process.env["AWS_REGION"] ?? "us-east-1",
    eventTime: time,
    eventName: name,
    userIdentity: { principalId: "AIDAJDPLRKLG7UEXAMPLE" },
    requestParameters: { sourceIPAddress: "127.0.0.1" },
    responseElements: { "x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8" },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: "test",
      bucket: {
        name: bucket,
        ownerIdentity: { principalId: "A3NL1KOZZKExample" },
        arn: `arn:aws:s3:::${bucket}`,
      },
      object: { key: encodeURIComponent(key).replaceAll("%20", "+"), ...object },
    },
  };
}

/** Returns the body of a message with these events. */
export const bodyOf = (...events: EventFields[]): string =>
  JSON.stringify({ Records: events.map((event) => record(event)) });
