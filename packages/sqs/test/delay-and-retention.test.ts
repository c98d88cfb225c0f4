import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";

import { bodies, startQueue } from "./queue.ts";

describe("delay", () => {
  test("hides a message for its own delay, or for the delay of the queue", async () => {
    const { send, receive, queues, depth } = await startQueue({ DelaySeconds: "10" });
    await send("queue's");
    await send("own", { DelaySeconds: 5 });
    await send("none", { DelaySeconds: 0 });

    expect(depth()).toMatchObject({ visible: 1, delayed: 2, inFlight: 0 });
    expect(bodies(await receive({ MaxNumberOfMessages: 10 }))).toEqual(["none"]);
    queues.pass(5);
    expect(bodies(await receive({ MaxNumberOfMessages: 10 }))).toEqual(["own"]);
    queues.pass(5);
    expect(bodies(await receive({ MaxNumberOfMessages: 10 }))).toEqual(["queue's"]);
    await expect(send("x", { DelaySeconds: 901 })).rejects.toMatchObject({
      Code: "InvalidParameterValue",
    });
  });

  test("counts visible, delayed and in-flight messages in the attributes", async () => {
    const { client, send, receive, QueueUrl } = await startQueue();
    await send("a");
    await send("b");
    await send("c", { DelaySeconds: 5 });
    await receive();

    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );

    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: "1",
      ApproximateNumberOfMessagesNotVisible: "1",
      ApproximateNumberOfMessagesDelayed: "1",
    });
  });
});

describe("retention", () => {
  test("deletes a message at the end of the retention period", async () => {
    const { send, receive, queues, depth } = await startQueue({ MessageRetentionPeriod: "60" });
    await send("first");
    queues.pass(30);
    await send("second");
    expect(depth()).toMatchObject({ visible: 2, oldestSeconds: 30 });

    queues.pass(29.999);
    expect(depth().visible).toBe(2);
    queues.pass(0.001);

    expect(bodies(await receive({ MaxNumberOfMessages: 10 }))).toEqual(["second"]);
  });

  test("deletes a message in flight, and rejects its handle", async () => {
    const { send, receive, hide, queues, depth } = await startQueue({
      MessageRetentionPeriod: "60",
      VisibilityTimeout: "600",
    });
    await send("x");
    const [message] = await receive();

    queues.pass(60);

    await expect(hide(message?.ReceiptHandle, 0)).rejects.toMatchObject({
      Code: "InvalidParameterValue",
    });
    expect(depth()).toMatchObject({ visible: 0, inFlight: 0, oldestSeconds: 0 });
  });

  test("does not keep a message longer after the clock was set back", async () => {
    const { send, queues, depth } = await startQueue({ MessageRetentionPeriod: "60" });
    expect(depth().visible).toBe(0);
    queues.pass(-1000);
    await send("x");

    queues.pass(60);

    expect(depth().visible).toBe(0);
  });

  test("applies a shorter retention period to existing messages", async () => {
    const { send, make, queues, depth } = await startQueue();
    await send("x");
    queues.pass(3600);
    expect(depth().visible).toBe(1);

    make("q", { MessageRetentionPeriod: "3600" });

    expect(depth().visible).toBe(0);
  });
});
