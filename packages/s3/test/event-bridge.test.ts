import {
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  RestoreObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EVENT_BRIDGE } from "../src/index.ts";
import { ALL_EVENTS, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
});
afterAll(() => running[Symbol.asyncDispose]());

const put = (Bucket: string, Key: string) =>
  running.client.send(new PutObjectCommand({ Bucket, Key, Body: "hello" }));

describe("a bucket for which EventBridge is on", () => {
  const Bucket = "bridged";
  const toEventBridge = () =>
    running.delivered
      .filter(({ queueArn }) => queueArn === EVENT_BRIDGE)
      .map(({ body }) => JSON.parse(body) as { detail: object });

  test("sends each change as an event of EventBridge, beside its other notifications", async () => {
    running.s3.ensureBucket(Bucket, settings({ notifications: [ALL_EVENTS], eventBridge: true }));
    await running.records();
    const Key = "red flower+1/é.jpg";
    const { VersionId } = await put(Bucket, Key);
    await running.client.send(new DeleteObjectCommand({ Bucket, Key }));
    const [created, removed] = await running.records();
    // Amazon S3 User Guide, "EventBridge event message structure".
    expect(toEventBridge()).toEqual([
      {
        version: "0",
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        "detail-type": "Object Created",
        source: "aws.s3",
        account: "000000000000",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
        region: "us-east-1",
        resources: [`arn:aws:s3:::${Bucket}`],
        detail: {
          version: "0",
          bucket: { name: Bucket },
          object: {
            key: Key,
            size: 5,
            etag: "5d41402abc4b2a76b9719d911017c592",
            "version-id": VersionId,
            sequencer: created?.s3.object.sequencer?.slice(2).toLowerCase(),
          },
          "request-id": created?.responseElements["x-amz-request-id"],
          requester: "000000000000",
          "source-ip-address": "127.0.0.1",
          reason: "PutObject",
        },
      },
      expect.objectContaining({
        "detail-type": "Object Deleted",
        detail: expect.objectContaining({
          reason: "DeleteObject",
          "deletion-type": "Delete Marker Created",
          object: expect.objectContaining({
            key: Key,
            sequencer: removed?.s3.object.sequencer?.slice(2).toLowerCase(),
          }) as object,
        }) as object,
      }),
    ]);
  });

  test("sends what a lifecycle rule and a restore do in the name of S3", async () => {
    const Key = "archived";
    const VersionId = (await put(Bucket, Key)).VersionId;
    running.s3.transition(Bucket, Key, "GLACIER");
    const RestoreRequest = { Days: 1 };
    await running.client.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest }));
    running.s3.expire(Bucket, Key);
    await running.records();
    const object = {
      key: Key,
      size: 5,
      etag: expect.any(String) as string,
      "version-id": VersionId,
    };
    const common = {
      version: "0",
      bucket: { name: Bucket },
      "request-id": expect.any(String) as string,
    };
    const byS3 = { ...common, requester: "s3.amazonaws.com" };

    expect(toEventBridge().slice(-4)).toMatchObject([
      { "detail-type": "Object Storage Class Changed" },
      { "detail-type": "Object Restore Initiated" },
      { "detail-type": "Object Restore Completed" },
      { "detail-type": "Object Deleted" },
    ]);
    expect(
      toEventBridge()
        .slice(-4)
        .map(({ detail }) => detail),
    ).toEqual([
      { ...byS3, object, "destination-storage-class": "GLACIER" },
      {
        ...common,
        object,
        requester: "000000000000",
        "source-ip-address": "127.0.0.1",
        "source-storage-class": "GLACIER",
      },
      {
        ...byS3,
        object,
        "restore-expiry-time": expect.stringMatching(/T00:00:00Z$/) as string,
        "source-storage-class": "GLACIER",
      },
      {
        ...byS3,
        object: {
          key: Key,
          etag: "d41d8cd98f00b204e9800998ecf8427e",
          "version-id": expect.any(String) as string,
          sequencer: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        },
        reason: "Lifecycle Expiration",
        "deletion-type": "Delete Marker Created",
      },
    ]);
  });

  test("says so in its configuration, which can switch it off", async () => {
    const read = async () =>
      (await running.client.send(new GetBucketNotificationConfigurationCommand({ Bucket })))
        .EventBridgeConfiguration;
    expect(await read()).toEqual({});
    await running.client.send(
      new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }),
    );
    expect(await read()).toBeUndefined();
    const before = toEventBridge().length;
    await put(Bucket, "later");
    expect(toEventBridge()).toHaveLength(before);
  });
});
