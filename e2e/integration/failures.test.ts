import { PutObjectCommand } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { get } from "@waybill/core/catalog";
import { Resource } from "sst";
import { beforeAll, describe, expect, inject, test } from "vitest";

import { handle } from "../handle.ts";
import { control, statusOf } from "../stack.ts";
import { bodyOf, EARLY, LATE, record } from "./notification.ts";
import { bucket, recordOf, s3, send, sqs, unique } from "./support.ts";

// A message whose processing can succeed later is retried. One that can never succeed becomes a dead letter.

const stack = inject("offlineStack");
const onlyOffline = "only offline: a test cannot make AWS fail";

/** The SDK gives up after 3 attempts. The message is then retried. */
const TIMES = 3;
const READ = { service: "s3", operation: "HeadObject" };
const WRITE = { service: "dynamodb", operation: "UpdateItem" };

const FAULTS = {
  "S3 throttles": { ...READ, kind: "throttle" },
  "S3 fails with 500": { ...READ, kind: "error" },
  "S3 does not answer": { ...READ, kind: "timeout" },
  "S3 resets the connection": { ...READ, kind: "reset" },
  "DynamoDB throttles": { ...WRITE, kind: "throttle" },
  "DynamoDB fails with 500": { ...WRITE, kind: "error" },
  "DynamoDB does not answer": { ...WRITE, kind: "timeout" },
  "DynamoDB resets the connection": { ...WRITE, kind: "reset" },
  "DynamoDB writes, and its response is lost": { ...WRITE, kind: "lost" },
  "DynamoDB denies the write": { ...WRITE, kind: "deny" },
} as const;

describe.skipIf(!stack)(`an event, when a service fails (${onlyOffline})`, () => {
  const keys = new Map(Object.keys(FAULTS).map((name) => [name, unique("fault")]));

  beforeAll(async () => {
    if (!stack) return;
    const rules = Object.entries(FAULTS).map(([name, fault]) => ({
      ...fault,
      match: keys.get(name)?.split("/")[1],
      rate: 1,
      times: TIMES,
    }));
    await control(stack, "faults", { rules });
    await Promise.all([...keys.values()].map(put));
  });

  const put = (key: string) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "hello" }));
  const expectRecord = (key: string) => recordOf(key, { state: "present", size: 5 });

  test.each([...keys])("is retried and then recorded: %s", async (_, key) => {
    await expectRecord(key);
  });

  test("meets each of these faults as often as the SDK tries", async () => {
    if (!stack) return;
    const expected: Record<string, number> = {};
    for (const { kind } of Object.values(FAULTS)) {
      expected[kind] = (expected[kind] ?? 0) + TIMES;
    }
    await Promise.all([...keys.values()].map(expectRecord));

    expect((await statusOf(stack)).faults).toEqual(expected);
  });
});

describe("a message", () => {
  test("with several records records all of them", async () => {
    const keys = [unique("one"), unique("two"), unique("three")];
    for (const key of keys) await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key }));
    await Promise.all(keys.map((key) => recordOf(key, { state: "present" })));
    await send(
      bodyOf(...keys.map((key) => ({ name: "ObjectCreated:Copy", bucket, key, sequencer: LATE }))),
    );

    await Promise.all(keys.map((key) => recordOf(key, { event: { name: "ObjectCreated:Copy" } })));
  });

  test("with one malformed record is retried, and its other records are recorded", async () => {
    const key = unique("other");
    const good = record({ name: "ObjectCreated:Put", bucket, key, sequencer: LATE, size: 3 });
    const body = JSON.stringify({ Records: [{ eventVersion: "2.1" }, good] });

    const { failed, outcomes } = await handle([body]);
    expect(failed).toEqual([0]);
    expect(outcomes).toContainEqual({ outcome: "failed", reason: "notification.malformed" });
    // This process may list the bucket, so the object is known to be missing.
    await recordOf(key, { state: "deleted" });
  });

  test("from an SNS topic is recorded", async () => {
    const key = unique("topic");
    const Message = bodyOf({ name: "ObjectCreated:Put", bucket, key, sequencer: LATE, size: 3 });
    await send(JSON.stringify({ Type: "Notification", MessageId: "1", TopicArn: "arn", Message }));

    await recordOf(key, { state: "unreadable", size: 3 });
  });

  test("with the test event of S3 is acknowledged", async () => {
    const body = JSON.stringify({
      Service: "Amazon S3",
      Event: "s3:TestEvent",
      Time: new Date().toISOString(),
      Bucket: bucket,
      RequestId: "5582815E1AEA5ADF",
      HostId: "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR",
    });

    expect(await handle([body])).toEqual({
      failed: [],
      outcomes: [{ outcome: "test", reason: "the notifications of the bucket are connected" }],
    });
  });

  test("with an unknown minor version and an unknown event is acknowledged", async () => {
    const body = bodyOf({
      name: "ObjectPolished:Put",
      bucket,
      key: unique("new"),
      sequencer: EARLY,
      eventVersion: "2.99",
    });

    expect(await handle([body])).toEqual({ failed: [], outcomes: [{ outcome: "ignored" }] });
  });
});

/** Messages that can never succeed, and the reason in the log. */
const INVALID: Record<string, { body: (key: string) => string; reason: string }> = {
  "that is not JSON": {
    body: (key) => `not a notification: ${key}`,
    reason: "notification.not_json",
  },
  "that has no records": {
    body: (key) => JSON.stringify({ hello: key }),
    reason: "notification.no_records",
  },
  "of another major version": {
    body: (key) =>
      bodyOf({ name: "ObjectCreated:Put", bucket, key, sequencer: LATE, eventVersion: "3.0" }),
    reason: "notification.unknown_version",
  },
  "about another bucket": {
    body: (key) => bodyOf({ name: "ObjectCreated:Put", bucket: "not-ours", key, sequencer: LATE }),
    reason: "notification.other_bucket",
  },
  "of a creation without a sequencer": {
    body: (key) => bodyOf({ name: "ObjectCreated:Put", bucket, key }),
    reason: "notification.no_sequencer",
  },
};

describe("a message that can never succeed", () => {
  test.each(Object.entries(INVALID))("%s fails, and the log has the reason", async (_, invalid) => {
    const { failed, outcomes } = await handle([invalid.body(unique("invalid"))]);

    expect(failed).toEqual([0]);
    expect(outcomes).toEqual([{ outcome: "failed", reason: invalid.reason }]);
  });

  // On a stage in AWS it takes five visibility timeouts, which is half an hour.
  test.skipIf(!stack)(
    "becomes a dead letter, leaves no record, and does not block other messages",
    async () => {
      const keys = Object.keys(INVALID).map(() => unique("invalid"));
      const bodies = Object.values(INVALID).map(({ body }, index) => body(keys[index] ?? ""));
      for (const body of bodies) await send(body);
      const other = unique("other");
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: other, Body: "x" }));

      await recordOf(other, { state: "present" });
      const found = new Set<string>();
      await expect
        .poll(() => deadLetters(found), { timeout: 60_000, interval: 100 })
        .toEqual(expect.arrayContaining(bodies));
      for (const key of keys) expect(await get(key, { deleted: true })).toBeUndefined();
    },
  );
});

/** Adds the messages that the dead-letter queue returns to `found`. They stay in the queue. */
async function deadLetters(found: Set<string>): Promise<string[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: Resource.DeadEvents.url,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 0,
    }),
  );
  for (const { Body = "" } of Messages) found.add(Body);
  return [...found];
}
