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
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { code, failure } from "./failure.ts";
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
  test("of a write has the form of S3's", async () => {
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

  test("names no version where the bucket has none, and tells of a removal of nothing", async () => {
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

  test("of a removal says what was removed: a marker made, a version, a marker", async () => {
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

  test("of a suspended bucket leaves out the version null", async () => {
    running.s3.ensureBucket(
      "suspended",
      settings({ versioning: "Suspended", notifications: [ALL_EVENTS] }),
    );
    await put("suspended", "a");
    await running.client.send(new DeleteObjectCommand({ Bucket: "suspended", Key: "a" }));
    const records = await running.records();
    expect(records.map((record) => record.s3.object.versionId)).toEqual([undefined, undefined]);
  });

  test("stands alone in its message, one per key of a batch", async () => {
    const Objects = Array.from({ length: 5 }, (_, index) => ({ Key: `batch-${index}` }));
    await running.client.send(new DeleteObjectsCommand({ Bucket: "files", Delete: { Objects } }));
    await running.s3.settled();
    const last = running.delivered
      .slice(-5)
      .map(({ body }): { Records: unknown[] } => JSON.parse(body));
    expect(last.map(({ Records }) => Records.length)).toEqual([1, 1, 1, 1, 1]);
    await running.records();
  });

  test("of one key follows the order of its changes, by sequencer", async () => {
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

  test("is not made for what fails", async () => {
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
  async function told(rule: Partial<typeof ALL_EVENTS>, changes: () => Promise<unknown>) {
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

  test("choose by prefix and suffix", async () => {
    expect(await told({ filterPrefix: "in/", filterSuffix: ".jpg" }, changes)).toEqual([
      "ObjectCreated:Put in/a.jpg",
      "ObjectCreated:Copy in/b.jpg",
      "ObjectRemoved:DeleteMarkerCreated in/a.jpg",
    ]);
  });

  test("choose by event", async () => {
    expect(await told({ events: ["s3:ObjectCreated:Copy"] }, changes)).toEqual([
      "ObjectCreated:Copy in/b.jpg",
    ]);
    expect(await told({ events: ["s3:ObjectRemoved:*"] }, changes)).toEqual([
      "ObjectRemoved:DeleteMarkerCreated in/a.jpg",
    ]);
    expect(await told({ events: ["s3:ObjectRemoved:Delete"] }, changes)).toEqual([]);
  });

  test("may send to several queues", async () => {
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

  test("that S3 would refuse are refused", () => {
    const refused = (notifications: (typeof ALL_EVENTS)[]) => () =>
      running.s3.ensureBucket("refused", settings({ notifications }));

    expect(refused([{ ...ALL_EVENTS, events: ["s3:Nonsense"] }])).toThrow(/not supported/);
    expect(refused([ALL_EVENTS, { ...ALL_EVENTS, id: "other" }])).toThrow(/overlap/);
    expect(
      refused([
        { ...ALL_EVENTS, filterPrefix: "a" },
        { ...ALL_EVENTS, id: "other", filterPrefix: "ab" },
      ]),
    ).toThrow(/overlap/);
    expect(refused([ALL_EVENTS, { ...ALL_EVENTS, filterPrefix: "a" }])).toThrow(/same ID/);
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

  test("is set, sends a test message, and is read back", async () => {
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

  test("is replaced as a whole, also by nothing", async () => {
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
    ["a queue elsewhere", { ...rule, QueueArn: "arn:aws:sqs:eu-west-1:000000000000:q" }],
    ["no queue", { ...rule, QueueArn: "nonsense" }],
  ])("is refused: %s", async (_, refused) => {
    expect(await code(configure([refused]))).toBe("InvalidArgument");
  });

  test("may not send to what is not built", async () => {
    const body =
      "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>";
    expect((await raw(running, "PUT", `/${Bucket}?notification`, { body })).status).toBe(501);
  });
});

describe("delivery", () => {
  test("a queue that is not there is no destination", async () => {
    const deliver = () => Promise.reject(new Error("no such queue"));
    await using broken = await start({ deliver });
    broken.s3.ensureBucket("files", settings());
    const NotificationConfiguration = {
      QueueConfigurations: [{ QueueArn: QUEUE, Events: ["s3:ObjectCreated:*" as const] }],
    };
    const sent = broken.client.send(
      new PutBucketNotificationConfigurationCommand({ Bucket: "files", NotificationConfiguration }),
    );
    expect((await failure(sent)).message).toContain("Unable to validate");
  });

  test("is tried again until it succeeds, in the order of the changes of a key", async () => {
    const arrived: string[] = [];
    let refusals = 3;
    const deliver = (_: string, body: string) => {
      if (body.includes('"slow"') && refusals-- > 0) return Promise.reject(new Error("not now"));
      arrived.push(body);
      return Promise.resolve();
    };
    await using flaky = await start({ deliver });
    flaky.s3.ensureBucket("files", settings({ notifications: [ALL_EVENTS] }));
    await flaky.s3.settled();
    arrived.length = 0;
    for (const Body of ["1", "22", "333"]) {
      await flaky.client.send(new PutObjectCommand({ Bucket: "files", Key: "slow", Body }));
    }
    await flaky.client.send(new PutObjectCommand({ Bucket: "files", Key: "quick", Body: "x" }));
    await flaky.s3.settled();

    const objects = arrived.map((body): { key: string; size: number } => {
      const { Records } = JSON.parse(body);
      return Records[0].s3.object;
    });
    expect(objects[0]?.key).toBe("quick");
    expect(objects.slice(1).map(({ size }) => size)).toEqual([1, 2, 3]);
    expect(flaky.s3.pendingNotifications()).toBe(0);
  });

  test("waits for a queue that does not answer, and holds nothing up", async () => {
    const dead = `${QUEUE}-dead`;
    const alive: string[] = [];
    let open = false;
    const deliver = (queueArn: string, body: string) => {
      if (queueArn === dead && !open) return Promise.reject(new Error("dead"));
      alive.push(body);
      return Promise.resolve();
    };
    await using half = await start({ deliver });
    const notifications = [
      { ...ALL_EVENTS, id: "dead", queueArn: dead, filterPrefix: "dead" },
      { ...ALL_EVENTS, id: "alive", filterPrefix: "alive" },
    ];
    half.s3.ensureBucket("files", settings({ notifications }));
    for (let index = 0; index < 100; index++) {
      await raw(half, "PUT", `/files/dead-${index}`, { body: "x" });
    }
    await raw(half, "PUT", "/files/alive", { body: "x" });

    await vi.waitFor(() => expect(alive.join()).toContain('"alive"'));
    expect(half.s3.pendingNotifications()).toBe(101);
    open = true;
    await half.s3.settled();
    expect(alive).toHaveLength(103);
  });

  test("resumes after a restart with what had not been delivered", async () => {
    const first = await start({ deliver: () => Promise.reject(new Error("down")) });
    first.s3.ensureBucket("files", settings({ notifications: [ALL_EVENTS] }));
    for (let index = 0; index < 30; index++) {
      await raw(first, "PUT", `/files/${index % 3}`, { body: "x".repeat(index) });
    }
    expect(first.s3.pendingNotifications()).toBe(31);
    await first.stop();

    await using second = await start({ dir: first.dir });
    const records = await second.records();
    const sizes = (key: string) =>
      records.filter(({ s3 }) => s3.object.key === key).map(({ s3 }) => s3.object.size);
    expect(records).toHaveLength(30);
    expect(sizes("1")).toEqual([1, 4, 7, 10, 13, 16, 19, 22, 25, 28]);
    expect(second.s3.pendingNotifications()).toBe(0);
  });

  test("keeps the order although more waits than is held in memory", async () => {
    let open = false;
    const sizes: number[] = [];
    const deliver = (_: string, body: string) => {
      if (!open) return Promise.reject(new Error("down"));
      const { Records } = JSON.parse(body);
      if (Records) sizes.push(Records[0].s3.object.size);
      return Promise.resolve();
    };
    await using s = await start({ deliver });
    s.s3.ensureBucket(
      "files",
      settings({ versioning: "Unversioned", notifications: [ALL_EVENTS] }),
    );
    for (let index = 0; index < 1100; index++) {
      await raw(s, "PUT", "/files/same", { body: Buffer.alloc(index) });
    }
    open = true;
    await s.s3.settled();
    expect(sizes).toEqual(Array.from({ length: 1100 }, (_, index) => index));
  });

  test("records of one write carry the versioning of that moment", async () => {
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
});
