import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type Event,
  type QueueConfiguration,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { code } from "./failure.ts";
import { ALL_EVENTS, QUEUE, raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
  running.s3.ensureBucket("files", settings({ notifications: [ALL_EVENTS] }));
  running.s3.ensureBucket(
    "plain",
    settings({ versioning: "Unversioned", notifications: [ALL_EVENTS] }),
  );
  await running.records();
});
afterAll(() => running[Symbol.asyncDispose]());

async function put(Bucket: string, Key: string, Body = "hello") {
  return running.client.send(new PutObjectCommand({ Bucket, Key, Body }));
}

describe("a record", () => {
  test("of a write has the same fields as on AWS", async () => {
    const before = Date.now();
    const { VersionId } = await put("files", "red flower+1/é.jpg");
    const [{ body } = { body: "" }] = running.delivered.slice(-1);
    const [record] = await running.records();

    expect(Object.keys(JSON.parse(body))).toEqual(["Records"]);
    expect(record).toEqual({
      eventVersion: "2.1",
      eventSource: "aws:s3",
      awsRegion: "us-east-1",
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      eventName: "ObjectCreated:Put",
      userIdentity: { principalId: "AWS:AKIATEST" },
      requestParameters: { sourceIPAddress: "127.0.0.1" },
      responseElements: {
        "x-amz-request-id": expect.stringMatching(/^[0-9A-Z]{16}$/),
        "x-amz-id-2": expect.any(String),
      },
      s3: {
        s3SchemaVersion: "1.0",
        configurationId: "all",
        bucket: {
          name: "files",
          ownerIdentity: { principalId: expect.stringMatching(/^A/) },
          arn: "arn:aws:s3:::files",
        },
        object: {
          key: "red+flower%2B1/%C3%A9.jpg",
          size: 5,
          eTag: "5d41402abc4b2a76b9719d911017c592",
          versionId: VersionId,
          sequencer: expect.stringMatching(/^00[0-9A-F]{16}$/),
        },
      },
    });
    expect(Date.parse(record?.eventTime ?? "")).toBeGreaterThanOrEqual(before);
  });

  test("of an unversioned bucket has no version id, and is also sent for the deletion of a missing object", async () => {
    await put("plain", "a");
    await running.client.send(new DeleteObjectCommand({ Bucket: "plain", Key: "a" }));
    await running.client.send(new DeleteObjectCommand({ Bucket: "plain", Key: "a" }));
    const records = await running.records();

    expect(records.map(({ eventName }) => eventName)).toEqual([
      "ObjectCreated:Put",
      "ObjectRemoved:Delete",
      "ObjectRemoved:Delete",
    ]);
    expect(Object.keys(records[0]?.s3.object ?? {})).toEqual(["key", "size", "eTag", "sequencer"]);
    expect(Object.keys(records[1]?.s3.object ?? {})).toEqual(["key", "sequencer"]);
  });

  test("of a deletion names the delete marker or the deleted version", async () => {
    const written = await put("files", "b");
    const marker = await running.client.send(
      new DeleteObjectCommand({ Bucket: "files", Key: "b" }),
    );
    for (const { VersionId } of [marker, written, written]) {
      await running.client.send(new DeleteObjectCommand({ Bucket: "files", Key: "b", VersionId }));
    }
    const [, made, unmade, removed, ...others] = await running.records();

    const sequencer: unknown = expect.any(String);
    expect(made?.eventName).toBe("ObjectRemoved:DeleteMarkerCreated");
    expect(made?.s3.object).toEqual({
      key: "b",
      eTag: "d41d8cd98f00b204e9800998ecf8427e",
      versionId: marker.VersionId,
      sequencer,
    });
    expect(unmade?.eventName).toBe("ObjectRemoved:Delete");
    expect(unmade?.s3.object).toEqual({ key: "b", versionId: marker.VersionId, sequencer });
    expect(removed?.eventName).toBe("ObjectRemoved:Delete");
    expect(removed?.s3.object).toEqual({ key: "b", versionId: written.VersionId, sequencer });
    expect(others).toEqual([]);
  });

  test("omits the version id null while versioning is suspended", async () => {
    running.s3.ensureBucket(
      "suspended",
      settings({ versioning: "Suspended", notifications: [ALL_EVENTS] }),
    );
    await put("suspended", "a");
    await running.client.send(new DeleteObjectCommand({ Bucket: "suspended", Key: "a" }));
    const records = await running.records();
    expect(records.map((record) => record.s3.object.versionId)).toEqual([undefined, undefined]);
  });

  test("is the only one in its message, also for DeleteObjects", async () => {
    const Objects = Array.from({ length: 5 }, (_, index) => ({ Key: `batch-${index}` }));
    await running.client.send(new DeleteObjectsCommand({ Bucket: "files", Delete: { Objects } }));
    await running.s3.settled();
    const last = running.delivered
      .slice(-5)
      .map(({ body }): { Records: unknown[] } => JSON.parse(body));
    expect(last.map(({ Records }) => Records.length)).toEqual([1, 1, 1, 1, 1]);
    await running.records();
  });

  test("of one key is sent in the order of the changes and of the sequencers", async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => put("files", "busy", String(index))),
    );
    const records = await running.records();
    const sequencers = records.map(({ s3 }) => s3.object.sequencer ?? "");

    expect(records).toHaveLength(50);
    expect(sequencers.toSorted()).toEqual(sequencers);
    expect(new Set(sequencers).size).toBe(50);
    const head = await raw(running, "HEAD", "/files/busy");
    expect(head.headers["x-amz-version-id"]).toBe(records.at(-1)?.s3.object.versionId);
  });

  test("has the version id according to the versioning at the time of the write", async () => {
    running.s3.ensureBucket(
      "changing",
      settings({ versioning: "Unversioned", notifications: [ALL_EVENTS] }),
    );
    await put("changing", "a");
    await running.client.send(
      new PutBucketVersioningCommand({
        Bucket: "changing",
        VersioningConfiguration: { Status: "Enabled" },
      }),
    );
    const { VersionId } = await put("changing", "a");
    const versions = (await running.records()).map((record) => record.s3.object.versionId);
    expect(versions).toEqual([undefined, VersionId]);
  });

  test("is not sent for a failed request", async () => {
    const send = new CopyObjectCommand({ Bucket: "files", Key: "x", CopySource: "files/none" });
    expect(await code(running.client.send(send))).toBe("NoSuchKey");
    await raw(running, "PUT", "/files/bad", {
      body: "x",
      headers: { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" },
    });
    expect(await running.records()).toEqual([]);
  });
});

describe("rules", () => {
  async function eventsOf(rule: Partial<typeof ALL_EVENTS>, changes: () => Promise<unknown>) {
    running.s3.ensureBucket("ruled", settings({ notifications: [{ ...ALL_EVENTS, ...rule }] }));
    await running.records();
    await changes();
    return (await running.records()).map((record) => `${record.eventName} ${record.s3.object.key}`);
  }
  const changes = async () => {
    await put("ruled", "in/a.jpg");
    await put("ruled", "in/a.txt");
    await put("ruled", "out/a.jpg");
    const CopySource = "ruled/in/a.jpg";
    await running.client.send(
      new CopyObjectCommand({ Bucket: "ruled", Key: "in/b.jpg", CopySource }),
    );
    await running.client.send(new DeleteObjectCommand({ Bucket: "ruled", Key: "in/a.jpg" }));
  };

  test("filter by prefix and suffix", async () => {
    expect(await eventsOf({ filterPrefix: "in/", filterSuffix: ".jpg" }, changes)).toEqual([
      "ObjectCreated:Put in/a.jpg",
      "ObjectCreated:Copy in/b.jpg",
      "ObjectRemoved:DeleteMarkerCreated in/a.jpg",
    ]);
  });

  test("filter by event", async () => {
    expect(await eventsOf({ events: ["s3:ObjectCreated:Copy"] }, changes)).toEqual([
      "ObjectCreated:Copy in/b.jpg",
    ]);
    expect(await eventsOf({ events: ["s3:ObjectRemoved:*"] }, changes)).toEqual([
      "ObjectRemoved:DeleteMarkerCreated in/a.jpg",
    ]);
    expect(await eventsOf({ events: ["s3:ObjectRemoved:Delete"] }, changes)).toEqual([]);
  });

  test("can send to several queues", async () => {
    const other = `${QUEUE}-other`;
    const notifications = [
      { ...ALL_EVENTS, id: "a", filterPrefix: "a" },
      { ...ALL_EVENTS, id: "b", filterPrefix: "b", queueArn: other },
    ];
    running.s3.ensureBucket("ruled", settings({ notifications }));
    await running.records();
    await put("ruled", "b1");
    await running.s3.settled();
    expect(running.delivered.at(-1)?.queueArn).toBe(other);
    expect((await running.records())[0]?.s3.configurationId).toBe("b");
  });

  test("are rejected if they are invalid or overlap", () => {
    const apply = (notifications: (typeof ALL_EVENTS)[]) => () =>
      running.s3.ensureBucket("rejected", settings({ notifications }));

    expect(apply([{ ...ALL_EVENTS, events: ["s3:Nonsense"] }])).toThrow(/not supported/);
    expect(apply([ALL_EVENTS, { ...ALL_EVENTS, id: "other" }])).toThrow(/overlap/);
    expect(
      apply([
        { ...ALL_EVENTS, filterPrefix: "a" },
        { ...ALL_EVENTS, id: "other", filterPrefix: "ab" },
      ]),
    ).toThrow(/overlap/);
    expect(apply([ALL_EVENTS, { ...ALL_EVENTS, filterPrefix: "a" }])).toThrow(/same ID/);
  });
});

describe("the notification configuration", () => {
  const Bucket = "configured";
  beforeAll(() => running.s3.ensureBucket(Bucket, settings()));

  async function configure(QueueConfigurations: QueueConfiguration[]) {
    const NotificationConfiguration = { QueueConfigurations };
    await running.client.send(
      new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }),
    );
  }
  const Events: Event[] = ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"];
  const rule = { Id: "r", QueueArn: QUEUE, Events };

  test("sends a test message when it is set, and can be read", async () => {
    const Filter = { Key: { FilterRules: [{ Name: "prefix" as const, Value: "in/" }] } };
    const before = running.delivered.length;
    await configure([{ ...rule, Filter }]);

    const message: unknown = JSON.parse(running.delivered[before]?.body ?? "");
    expect(message).toEqual({
      Service: "Amazon S3",
      Event: "s3:TestEvent",
      Time: expect.any(String),
      Bucket,
      RequestId: expect.any(String),
      HostId: expect.any(String),
    });
    const read = await running.client.send(
      new GetBucketNotificationConfigurationCommand({ Bucket }),
    );
    expect(read.QueueConfigurations).toEqual([
      { ...rule, Filter: { Key: { FilterRules: [{ Name: "Prefix", Value: "in/" }] } } },
    ]);
    await put(Bucket, "in/x");
    await put(Bucket, "out/x");
    expect((await running.records()).map((record) => record.s3.object.key)).toEqual(["in/x"]);
  });

  test("replaces all rules, also with none", async () => {
    await configure([rule]);
    await configure([]);
    const read = await running.client.send(
      new GetBucketNotificationConfigurationCommand({ Bucket }),
    );
    expect(read.QueueConfigurations).toBeUndefined();
    await put(Bucket, "in/y");
    expect(await running.records()).toEqual([]);
  });

  test.each([
    ["an unknown event", { ...rule, Events: ["s3:Nonsense" as Event] }],
    ["a queue in another Region", { ...rule, QueueArn: "arn:aws:sqs:eu-west-1:000000000000:q" }],
    ["a malformed ARN", { ...rule, QueueArn: "nonsense" }],
  ])("is rejected: %s", async (_, rejected) => {
    expect(await code(configure([rejected]))).toBe("InvalidArgument");
  });

  test("can send to topics and functions", async () => {
    const TopicArn = "arn:aws:sns:us-east-1:000000000000:changes";
    const LambdaFunctionArn = "arn:aws:lambda:us-east-1:000000000000:function:changed";
    const NotificationConfiguration = {
      TopicConfigurations: [{ Id: "t", TopicArn, Events: ["s3:ObjectCreated:*" as const] }],
      LambdaFunctionConfigurations: [
        { Id: "f", LambdaFunctionArn, Events: ["s3:ObjectRemoved:*" as const] },
      ],
    };
    await running.client.send(
      new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }),
    );

    expect(
      await running.client.send(new GetBucketNotificationConfigurationCommand({ Bucket })),
    ).toMatchObject(NotificationConfiguration);
    await put(Bucket, "x");
    await running.records();
    expect(running.delivered.at(-1)?.queueArn).toBe(TopicArn);
    await running.client.send(new DeleteObjectCommand({ Bucket, Key: "x" }));
    await running.records();
    expect(running.delivered.at(-1)?.queueArn).toBe(LambdaFunctionArn);
  });
});
