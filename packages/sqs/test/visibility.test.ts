import { DeleteMessageCommand } from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";

import { startQueue } from "./queue.ts";

describe("visibility", () => {
  test("hides a received message for the timeout of the queue, to the millisecond", async () => {
    const { send, receive, queues, depth } = await startQueue({ VisibilityTimeout: "10" });
    await send("x");

    expect(await receive()).toHaveLength(1);
    expect(depth()).toMatchObject({ visible: 0, inFlight: 1 });
    queues.pass(9.999);
    expect(await receive()).toHaveLength(0);
    queues.pass(0.001);
    expect(depth()).toMatchObject({ visible: 1, inFlight: 0 });
    const [again] = await receive({ MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    expect(again?.Attributes).toEqual({ ApproximateReceiveCount: "2" });
  });

  test("uses the timeout of the receive, including zero", async () => {
    const { send, receive, queues } = await startQueue();
    await send("x");

    expect(await receive({ VisibilityTimeout: 0, MaxNumberOfMessages: 10 })).toHaveLength(1);
    expect(await receive({ VisibilityTimeout: 3 })).toHaveLength(1);
    queues.pass(3);
    expect(await receive()).toHaveLength(1);
    await expect(receive({ VisibilityTimeout: 43_201 })).rejects.toMatchObject({
      Code: "InvalidParameterValue",
    });
  });

  test("restarts the timeout of a message in flight when it is changed", async () => {
    const { send, receive, hide, queues } = await startQueue({ VisibilityTimeout: "10" });
    await send("x");
    const [message] = await receive();

    queues.pass(9);
    await hide(message?.ReceiptHandle, 10);
    queues.pass(9);
    expect(await receive()).toHaveLength(0);
    await hide(message?.ReceiptHandle, 0);
    expect(await receive()).toHaveLength(1);
    queues.pass(9);
    expect(await receive()).toHaveLength(0);
    queues.pass(1);
    expect(await receive()).toHaveLength(1);
  });

  test("changes a timeout that has ended, but not after another receive", async () => {
    const { send, receive, hide, queues } = await startQueue({ VisibilityTimeout: "10" });
    await send("x");
    const [first] = await receive();
    queues.pass(10);

    await hide(first?.ReceiptHandle, 5);
    expect(await receive()).toHaveLength(0);
    queues.pass(5);
    await receive();

    await expect(hide(first?.ReceiptHandle, 5)).rejects.toMatchObject({
      Code: "InvalidParameterValue",
      message: `Value ${first?.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    });
  });

  test("limits the timeout to twelve hours after the receive", async () => {
    const { send, receive, hide, queues } = await startQueue();
    await send("x");
    const [message] = await receive();
    queues.pass(1);

    await expect(hide(message?.ReceiptHandle, 43_200)).rejects.toMatchObject({
      message: expect.stringContaining("beyond the limit [43200 seconds]"),
    });
    await hide(message?.ReceiptHandle, 43_199);
  });

  test("releases messages in flight after a crash and keeps their receive counts", async () => {
    const { send, receive, queues, depth } = await startQueue();
    await send("taken");
    await send("delayed", { DelaySeconds: 100 });
    await receive();

    queues.restart();
    expect(depth()).toMatchObject({ visible: 0, inFlight: 1, delayed: 1 });
    queues.sqs.releaseInFlight();

    expect(depth()).toMatchObject({ visible: 1, inFlight: 0, delayed: 1 });
    const [again] = await receive({ MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    expect(again).toMatchObject({ Body: "taken", Attributes: { ApproximateReceiveCount: "2" } });
  });

  test("returns at most ten messages, and one by default", async () => {
    const { send, receive } = await startQueue();
    for (let i = 0; i < 12; i += 1) await send(String(i));

    expect(await receive()).toHaveLength(1);
    expect(await receive({ MaxNumberOfMessages: 10 })).toHaveLength(10);
    expect(await receive({ MaxNumberOfMessages: 10 })).toHaveLength(1);
    for (const MaxNumberOfMessages of [0, 11]) {
      await expect(receive({ MaxNumberOfMessages })).rejects.toMatchObject({
        Code: "InvalidParameterValue",
        message: `Value ${MaxNumberOfMessages} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
      });
    }
  });
});

describe("DeleteMessage", () => {
  test("deletes a message, and succeeds again", async () => {
    const { send, receive, delete: remove, queues, depth } = await startQueue();
    await send("x");
    const [message] = await receive();

    await remove(message?.ReceiptHandle);
    await remove(message?.ReceiptHandle);

    queues.pass(60);
    expect(depth()).toMatchObject({ visible: 0, inFlight: 0 });
  });

  test("accepts a handle after its timeout if the message was not received again", async () => {
    const { send, receive, delete: remove, queues, depth } = await startQueue();
    await send("x");
    const [message] = await receive({ VisibilityTimeout: 1 });
    queues.pass(2);

    await remove(message?.ReceiptHandle);

    expect(depth().visible).toBe(0);
  });

  test("succeeds with the handle of an earlier receive, and keeps the message", async () => {
    const { send, receive, delete: remove, queues, depth } = await startQueue();
    await send("x");
    const [first] = await receive({ VisibilityTimeout: 1 });
    queues.pass(1);
    const [second] = await receive();
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);

    await remove(first?.ReceiptHandle);
    expect(depth().inFlight).toBe(1);
    await remove(second?.ReceiptHandle);
    expect(depth().inFlight).toBe(0);
  });

  test("rejects text that is not a handle of this queue", async () => {
    const { client, send, receive, delete: remove, hide, make } = await startQueue();
    await send("x");
    const [message] = await receive();
    const other = make("other");

    for (const handle of ["garbage", Buffer.from("q\n1\nx\n1\n1").toString("base64")]) {
      const expected = { name: "ReceiptHandleIsInvalid" };
      await expect(remove(handle)).rejects.toMatchObject(expected);
      await expect(hide(handle, 1)).rejects.toMatchObject(expected);
    }
    await expect(
      client.send(
        new DeleteMessageCommand({ QueueUrl: other, ReceiptHandle: message?.ReceiptHandle }),
      ),
    ).rejects.toMatchObject({ name: "ReceiptHandleIsInvalid" });
  });
});
