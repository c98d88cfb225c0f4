import type { ObjectChange } from "../../../src/notification/event.ts";

/** The queue message in which S3 sends an event. */
export function messageOf(event: ObjectChange): string {
  const { name, time, region, bucket, key, versionId, size, etag, sequencer } = event;
  const record = {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: region,
    eventTime: time,
    eventName: name,
    s3: { bucket: { name: bucket }, object: { key, size, eTag: etag, versionId, sequencer } },
  };
  return JSON.stringify({ Records: [record] });
}
