import {
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";

import { arnOf, redriveTo, soon, startQueues } from "./fixture.ts";

/** Starts a queue with a maxReceiveCount of 2 and its dead-letter queue. */
async function startPair(attributes: Record<string, string> = {}) {
  const stage = await startQueues();
  const dead = stage.make("dead", { MessageRetentionPeriod: "1209600" });
  const main = stage.make("main", { RedrivePolicy: redriveTo("dead", 2), ...attributes });
  const receive = async (QueueUrl: string, VisibilityTimeout = 0, MaxNumberOfMessages = 10) =>
    (
      await stage.client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          VisibilityTimeout,
          MaxNumberOfMessages,
          MessageSystemAttributeNames: ["All"],
        }),
      )
    ).Messages ?? [];
  return { ...stage, main, dead, receive };
}

describe("redrive", () => {
  test("moves a message to the dead-letter queue at the receive after maxReceiveCount", async () => {
    const { queues, main, dead, receive } = await startPair();
    const { messageId } = queues.sqs.send(arnOf("main"), "poison");

    expect(await receive(main)).toHaveLength(1);
    expect(await receive(main)).toHaveLength(1);
    expect(queues.sqs.depth(arnOf("dead")).visible).toBe(0);
    expect(await receive(main)).toHaveLength(0);

    expect(queues.sqs.depth(arnOf("main"))).toMatchObject({ visible: 0, inFlight: 0 });
    const [letter] = await receive(dead);
    expect(letter).toMatchObject({ MessageId: messageId, Body: "poison" });
  });

  test("keeps the source, the age and the total receives of a dead letter", async () => {
    const { queues, main, dead, receive } = await startPair();
    const sentAt = queues.clock.now;
    queues.sqs.send(arnOf("main"), "poison");
    queues.pass(100);
    const firstReceivedAt = queues.clock.now;
    await receive(main);
    queues.pass(100);
    await receive(main);
    await receive(main);

    const [letter] = await receive(dead);

    // The count includes the receives from the source queue ("across all queues" in the API
    // reference).
    expect(letter?.Attributes).toMatchObject({
      DeadLetterQueueSourceArn: arnOf("main"),
      SentTimestamp: String(sentAt),
      ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
      ApproximateReceiveCount: "3",
    });
    expect(queues.sqs.depth(arnOf("dead")).oldestSeconds).toBe(200);
  });

  test("skips dead letters in a receive and returns other messages", async () => {
    const { queues, main, dead, receive } = await startPair();
    for (let i = 0; i < 15; i += 1) queues.sqs.send(arnOf("main"), `poison ${i}`);
    for (const round of [10, 5, 10, 5]) {
      expect(await receive(main, 1)).toHaveLength(round);
      if (round === 5) queues.pass(2);
    }
    queues.sqs.send(arnOf("main"), "alive");

    const messages = await receive(main, 30, 1);

    expect(messages.map(({ Body }) => Body)).toEqual(["alive"]);
    expect(queues.sqs.depth(arnOf("dead")).visible).toBe(15);
    expect(await receive(dead)).toHaveLength(10);
  });

  test("moves thousands of dead letters in one receive without delaying other requests", async () => {
    const { queues, main } = await startPair({ RedrivePolicy: redriveTo("dead", 1) });
    for (let i = 0; i < 2000; i += 1) queues.sqs.send(arnOf("main"), `poison ${i}`);
    for (let i = 0; i < 200; i += 1) {
      await queues.call("ReceiveMessage", {
        QueueUrl: main,
        VisibilityTimeout: 1,
        MaxNumberOfMessages: 10,
      });
    }
    queues.pass(1);

    const empty = queues.call("ReceiveMessage", { QueueUrl: main });
    const other = queues.call("GetQueueUrl", { QueueName: "main" });

    expect(await Promise.race([empty, other])).toHaveProperty("QueueUrl");
    expect(await empty).toEqual({});
    expect(queues.sqs.depth(arnOf("dead")).visible).toBe(2000);
  });

  test("moves thousands of dead letters in a waiting receive", async () => {
    const { queues, main } = await startPair({ RedrivePolicy: redriveTo("dead", 1) });
    for (let i = 0; i < 1200; i += 1) queues.sqs.send(arnOf("main"), `poison ${i}`);
    for (let i = 0; i < 120; i += 1) {
      await queues.call("ReceiveMessage", {
        QueueUrl: main,
        VisibilityTimeout: 1,
        MaxNumberOfMessages: 10,
      });
    }
    queues.sqs.send(arnOf("main"), "alive", 2);
    const waiting = queues.call("ReceiveMessage", { QueueUrl: main, WaitTimeSeconds: 20 });

    queues.pass(2);

    expect(await soon(waiting)).toMatchObject({ Messages: [{ Body: "alive" }] });
  });

  test("starts the receive count at 0 if the dead-letter queue has a redrive policy", async () => {
    const { queues, main, dead, make, receive } = await startPair();
    const last = make("last");
    make("dead", { RedrivePolicy: redriveTo("last", 2) });
    queues.sqs.send(arnOf("main"), "poison");
    for (let i = 0; i < 3; i += 1) await receive(main);

    expect(await receive(dead)).toHaveLength(1);
    expect(await receive(dead)).toHaveLength(1);
    expect(await receive(dead)).toHaveLength(0);
    const [letter] = await receive(last);
    expect(letter?.Attributes).toMatchObject({
      DeadLetterQueueSourceArn: arnOf("dead"),
      ApproximateReceiveCount: "5",
    });
  });

  test("ignores a handle of the source queue for a dead letter", async () => {
    const { client, queues, main, receive } = await startPair();
    queues.sqs.send(arnOf("main"), "poison");
    await receive(main);
    const [message] = await receive(main);
    await receive(main);

    await client.send(
      new DeleteMessageCommand({ QueueUrl: main, ReceiptHandle: message?.ReceiptHandle }),
    );

    expect(queues.sqs.depth(arnOf("dead")).visible).toBe(1);
  });

  test("keeps the age of a message in the dead-letter queue", async () => {
    const { queues, main, make, receive } = await startPair({ MessageRetentionPeriod: "1200" });
    make("dead", { MessageRetentionPeriod: "600" });
    queues.sqs.send(arnOf("main"), "poison");
    queues.pass(400);
    expect(queues.sqs.depth(arnOf("dead")).visible).toBe(0);
    for (let i = 0; i < 3; i += 1) await receive(main);
    expect(queues.sqs.depth(arnOf("dead")).visible).toBe(1);

    queues.pass(200);

    expect(queues.sqs.depth(arnOf("dead")).visible).toBe(0);
  });

  test("keeps messages in the source if the dead-letter queue was deleted", async () => {
    const { client, queues, main, dead, receive } = await startPair();
    queues.sqs.send(arnOf("main"), "kept");
    await client.send(new DeleteQueueCommand({ QueueUrl: dead }));

    for (let i = 0; i < 5; i += 1) expect(await receive(main)).toHaveLength(1);
  });

  test("wakes a consumer of the dead-letter queue", async () => {
    const { queues, main, dead, receive } = await startPair();
    const waiting = queues.call("ReceiveMessage", { QueueUrl: dead, WaitTimeSeconds: 20 });
    queues.sqs.send(arnOf("main"), "poison");
    for (let i = 0; i < 3; i += 1) await receive(main);

    expect(await soon(waiting)).toMatchObject({ Messages: [{ Body: "poison" }] });
  });
});

describe("the redrive policy", () => {
  const set = async (policy: string, deadAttributes: Record<string, string> = {}) => {
    const { client, make } = await startQueues();
    make("dead", deadAttributes);
    const QueueUrl = make("main");
    return client.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy: policy } }),
    );
  };

  test.each([
    ["is not JSON", "x"],
    ["has no target", '{"maxReceiveCount":1}'],
    ["has no count", JSON.stringify({ deadLetterTargetArn: arnOf("dead") })],
    ["has a count of zero", redriveTo("dead", 0)],
    ["has a count above the limit", redriveTo("dead", 1001)],
    ["has a count that is not a number", redriveTo("dead", Number.NaN)],
    ["names a queue that does not exist", redriveTo("gone", 1)],
    ["has a target that is not an ARN", '{"deadLetterTargetArn":"dummy","maxReceiveCount":1}'],
  ])("is rejected when it %s", async (_, policy) => {
    await expect(set(policy)).rejects.toMatchObject({ Code: "InvalidParameterValue" });
  });

  test("accepts a count as text, as Terraform and Pulumi write it", async () => {
    const policy = JSON.stringify({ deadLetterTargetArn: arnOf("dead"), maxReceiveCount: "3" });

    await expect(set(policy)).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
  });

  const allow = (redrivePermission: string, sourceQueueArns?: string[]) => ({
    RedriveAllowPolicy: JSON.stringify({ redrivePermission, sourceQueueArns }),
  });

  test.each([
    ["any source", allow("allowAll")],
    ["this source", allow("byQueue", [arnOf("other"), arnOf("main")])],
  ])("accepts a dead-letter queue that allows %s", async (_, attributes) => {
    await expect(set(redriveTo("dead", 1), attributes)).resolves.toBeDefined();
  });

  test.each([
    ["no source", allow("denyAll")],
    ["other sources only", allow("byQueue", [arnOf("other")])],
  ])("rejects a dead-letter queue that allows %s", async (_, attributes) => {
    await expect(set(redriveTo("dead", 1), attributes)).rejects.toMatchObject({
      Code: "InvalidParameterValue",
      message: expect.stringContaining("does not allow"),
    });
  });
});
