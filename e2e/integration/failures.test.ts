import { PutObjectCommand } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { get } from "@waybill/core/catalog";
import { Resource } from "sst";
import { beforeAll, describe, expect, inject, test } from "vitest";

import { handle } from "../handle.ts";
import { control, statusOf } from "../stack.ts";
import { bodyOf, EARLY, LATE, record } from "./notification.ts";
import { bucket, recordOf, s3, send, sqs, unique } from "./support.ts";

// What goes wrong on the way: what can succeed later comes back, what cannot ends as a dead letter.

const stack = inject("offlineStack");
const onlyOffline = "nobody can make AWS fail";

/** Each is met so often that the SDK gives up, and the message has to come back. */
const TIMES = 3;
const READ = { service: "s3", operation: "HeadObject" };
const WRITE = { service: "dynamodb", operation: "UpdateItem" };

const FAULTS = {
  "S3 throttles": { ...READ, kind: "throttle" },
  "S3 fails with 500": { ...READ, kind: "error" },
  "S3 does not answer": { ...READ, kind: "timeout" },
  "S3 cuts the connection": { ...READ, kind: "reset" },
  "DynamoDB throttles": { ...WRITE, kind: "throttle" },
  "DynamoDB fails with 500": { ...WRITE, kind: "error" },
  "DynamoDB does not answer": { ...WRITE, kind: "timeout" },
  "DynamoDB cuts the connection": { ...WRITE, kind: "reset" },
  "DynamoDB writes, and its answer is lost": { ...WRITE, kind: "lost" },
  "DynamoDB denies the write": { ...WRITE, kind: "deny" },
} as const;

describe.skipIf(!stack)(`any, and S3 or DynamoDB fails (${onlyOffline})`, () => {
  const keys = new Map(Object.keys(FAULTS).map((name) => [name, unique("disturbed")]));

  beforeAll(async () => {
    if (!stack) return;
    const rules = Object.entries(FAULTS).map(([name, fault]) => ({
      ...fault,
      match: keys.get(name)?.split("/")[1],
      rate: 1,
      times: TIMES,
    }));
    await control(stack, "faults", { rules });
  });

  test.concurrent.for([...keys])("%s: it comes back, and is right then", async ([, key], own) => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "hello" }));

    await recordOf(key, { state: "present", size: 5 }, own.expect);
  });

  test("none of these faults was spared", async () => {
    if (!stack) return;
    const expected: Record<string, number> = {};
    for (const { kind } of Object.values(FAULTS)) {
      expected[kind] = (expected[kind] ?? 0) + TIMES;
    }

    await expect.poll(async () => (await statusOf(stack)).faults).toEqual(expected);
  });
});

describe("a message", () => {
  test("with several records has all of them recorded", async () => {
    const keys = [unique("one"), unique("two"), unique("three")];
    for (const key of keys) await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key }));
    await Promise.all(keys.map((key) => recordOf(key, { state: "present" })));
    await send(
      bodyOf(...keys.map((key) => ({ name: "ObjectCreated:Copy", bucket, key, sequencer: LATE }))),
    );

    await Promise.all(keys.map((key) => recordOf(key, { event: { name: "ObjectCreated:Copy" } })));
  });

  test("with a record that is malformed comes back, and its other records are recorded", async () => {
    const key = unique("neighbour");
    const good = record({ name: "ObjectCreated:Put", bucket, key, sequencer: LATE, size: 3 });
    const body = JSON.stringify({ Records: [{ eventVersion: "2.1" }, good] });

    const { failed, outcomes } = await handle([body]);
    expect(failed).toEqual([0]);
    expect(outcomes).toContainEqual({ outcome: "failed", reason: "notification.malformed" });
    await recordOf(key, { state: "unreadable", size: 3 });
  });

  test("that an SNS topic sent on is recorded", async () => {
    const key = unique("topic");
    const Message = bodyOf({ name: "ObjectCreated:Put", bucket, key, sequencer: LATE, size: 3 });
    await send(JSON.stringify({ Type: "Notification", MessageId: "1", TopicArn: "arn", Message }));

    await recordOf(key, { state: "unreadable", size: 3 });
  });

  test("that is S3's test is acknowledged", async () => {
    const body = JSON.stringify({
      Service: "Amazon S3",
      Event: "s3:TestEvent",
      Time: new Date().toISOString(),
      Bucket: bucket,
      RequestId: "5582815E1AEA5ADF",
      HostId: "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR",
    });

    expect(await handle([body])).toEqual({ failed: [], outcomes: [{ outcome: "test" }] });
  });

  test("with a minor version and an event that are not known yet is acknowledged", async () => {
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

/** Messages that no later attempt can help, and the reason that the log gives. */
const HOPELESS: Record<string, { body: (key: string) => string; reason: string }> = {
  "that is no JSON": {
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

describe("a message that no later attempt can help", () => {
  test.each(Object.entries(HOPELESS))("%s fails, and the log says why", async (_, hopeless) => {
    const { failed, outcomes } = await handle([hopeless.body(unique("hopeless"))]);

    expect(failed).toEqual([0]);
    expect(outcomes).toEqual([{ outcome: "failed", reason: hopeless.reason }]);
  });

  // On AWS it takes five visibility timeouts, half an hour.
  test.skipIf(!stack)(
    "ends as a dead letter, leaves no record, and holds up no other",
    async () => {
      const keys = Object.keys(HOPELESS).map(() => unique("hopeless"));
      const bodies = Object.values(HOPELESS).map(({ body }, index) => body(keys[index] ?? ""));
      for (const body of bodies) await send(body);
      const neighbour = unique("neighbour");
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: neighbour, Body: "x" }));

      await recordOf(neighbour, { state: "present" });
      const found = new Set<string>();
      await expect
        .poll(() => deadLetters(found), { timeout: 60_000, interval: 100 })
        .toEqual(expect.arrayContaining(bodies));
      for (const key of keys) expect(await get(key, { deleted: true })).toBeUndefined();
    },
  );
});

/** Adds what the dead-letter queue shows to what it has shown; it stays there for others to see. */
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
