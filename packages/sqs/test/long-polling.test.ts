import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { openSqs } from "../src/index.ts";
import {
  ACCOUNT,
  arnOf,
  Queues,
  REGION,
  soon,
  startQueues,
  temporaryFolder,
  until,
} from "./fixture.ts";

const QueueUrl = `http://queues.test/${ACCOUNT}/q`;

function queuesWith(attributes: Record<string, string> = {}) {
  const queues = new Queues();
  queues.sqs.ensureQueue("q", attributes);
  const poll = (input: Record<string, unknown> = {}, signal?: AbortSignal) =>
    queues.call("ReceiveMessage", { QueueUrl, WaitTimeSeconds: 20, ...input }, signal);
  return { queues, poll };
}

describe("a waiting receive", () => {
  test("gets a message as soon as it is sent", async () => {
    const { queues, poll } = queuesWith();
    const waiting = poll();
    expect(await soon(waiting)).toBe("not yet");

    queues.sqs.send(arnOf("q"), "x");

    expect(await soon(waiting)).toMatchObject({ Messages: [{ Body: "x" }] });
    expect(queues.sqs.depth(arnOf("q"))).toMatchObject({ visible: 0, inFlight: 1 });
  });

  test("gets all messages of one turn of the event loop, up to its maximum", async () => {
    const { queues, poll } = queuesWith();
    const first = poll({ MaxNumberOfMessages: 10 });
    const second = poll({ MaxNumberOfMessages: 10 });

    for (let i = 0; i < 12; i += 1) queues.sqs.send(arnOf("q"), String(i));

    expect(await soon(first)).toHaveProperty("Messages.length", 10);
    expect(await soon(second)).toHaveProperty("Messages.length", 2);
  });

  test("ends without a message at its deadline", async () => {
    const { queues, poll } = queuesWith();
    const waiting = poll({ WaitTimeSeconds: 5 });

    queues.pass(4.999);
    expect(await soon(waiting)).toBe("not yet");
    queues.pass(0.001);

    expect(await soon(waiting)).toEqual({});
  });

  test("uses the wait time of the queue by default", async () => {
    const { queues } = queuesWith({ ReceiveMessageWaitTimeSeconds: "5" });
    const byDefault = queues.call("ReceiveMessage", { QueueUrl });
    const none = queues.call("ReceiveMessage", { QueueUrl, WaitTimeSeconds: 0 });

    expect(await none).toEqual({});
    expect(await soon(byDefault)).toBe("not yet");
    queues.pass(5);
    expect(await soon(byDefault)).toEqual({});
  });

  test("is woken when a visibility timeout ends", async () => {
    const { queues, poll } = queuesWith({ VisibilityTimeout: "3" });
    queues.sqs.send(arnOf("q"), "x");
    await poll();
    const waiting = poll();

    queues.pass(2.999);
    expect(await soon(waiting)).toBe("not yet");
    queues.pass(0.001);

    expect(await soon(waiting)).toMatchObject({ Messages: [{ Body: "x" }] });
  });

  test("is woken when another consumer makes its message visible", async () => {
    const { queues, poll } = queuesWith();
    queues.sqs.send(arnOf("q"), "x");
    const { Messages } = await poll();
    const ReceiptHandle = (Messages as { ReceiptHandle: string }[])[0]?.ReceiptHandle;
    const waiting = poll();

    await queues.call("ChangeMessageVisibility", {
      QueueUrl,
      ReceiptHandle,
      VisibilityTimeout: 0,
    });

    expect(await soon(waiting)).toMatchObject({ Messages: [{ Body: "x" }] });
  });

  test("is woken when a delay ends, also one that ends before the others", async () => {
    const { queues, poll } = queuesWith();
    queues.sqs.send(arnOf("q"), "slow", 10);
    const first = poll();
    const second = poll();
    queues.sqs.send(arnOf("q"), "quick", 1);

    queues.pass(1);
    expect(await soon(first)).toMatchObject({ Messages: [{ Body: "quick" }] });
    expect(await soon(second)).toBe("not yet");
    queues.pass(9);

    expect(await soon(second)).toMatchObject({ Messages: [{ Body: "slow" }] });
  });

  test("is not woken by another queue", async () => {
    const { queues, poll } = queuesWith();
    queues.sqs.ensureQueue("other", {});
    const waiting = poll();

    queues.sqs.send(arnOf("other"), "x");

    expect(await soon(waiting)).toBe("not yet");
    expect(queues.sqs.depth(arnOf("other")).visible).toBe(1);
  });

  test("takes no message if the client disconnects before or during the wait", async () => {
    const { queues, poll } = queuesWith();
    const aborted = new AbortController();
    const waiting = poll({}, aborted.signal);
    aborted.abort();
    queues.sqs.send(arnOf("q"), "x");

    expect(await soon(waiting)).toEqual({});
    expect(await poll({}, aborted.signal)).toEqual({});
    expect(queues.sqs.depth(arnOf("q"))).toMatchObject({ visible: 1, inFlight: 0 });
  });

  test("is served in order of arrival", async () => {
    const { queues, poll } = queuesWith();
    const polls = [poll(), poll(), poll()];
    for (const body of ["1", "2", "3"]) queues.sqs.send(arnOf("q"), body);

    expect(await soon(Promise.all(polls))).toMatchObject([
      { Messages: [{ Body: "1" }] },
      { Messages: [{ Body: "2" }] },
      { Messages: [{ Body: "3" }] },
    ]);
  });

  test("fails when its queue is deleted, and ends when the engine is closed", async () => {
    const { queues, poll } = queuesWith();
    queues.sqs.ensureQueue("other", {});
    const deleted = poll();
    const closed = queues.call("ReceiveMessage", { QueueUrl: "other", WaitTimeSeconds: 20 });

    await queues.call("DeleteQueue", { QueueUrl });
    queues.restart();

    await expect(deleted).rejects.toMatchObject({ shape: "QueueDoesNotExist" });
    expect(await soon(closed)).toEqual({});
  });

  test.each([-1, 21, 1.5, "5"])("rejects a wait of %j seconds", async (WaitTimeSeconds) => {
    const { poll } = queuesWith();

    await expect(poll({ WaitTimeSeconds })).rejects.toMatchObject({ status: 400 });
  });
});

describe("the timer of waiting receives", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function open() {
    const sqs = openSqs({ dir: temporaryFolder(), region: REGION, accountId: ACCOUNT });
    onTestFinished(() => sqs.close());
    sqs.ensureQueue("q", {});
    sqs.ensureQueue("other", {});
    const signal = new AbortController().signal;
    const poll = (input: Record<string, unknown> = {}) =>
      sqs.handle({
        operation: "ReceiveMessage",
        input: { QueueUrl, WaitTimeSeconds: 20, ...input },
        endpoint: "http://queues.test",
        signal,
      });
    return { sqs, poll };
  }

  test("is one for all receives, and there is none without a receive", async () => {
    const { sqs, poll } = open();
    sqs.send(arnOf("q"), "x", 60);
    sqs.send(arnOf("q"), "x");
    await poll({ VisibilityTimeout: 30 });
    expect(vi.getTimerCount()).toBe(0);

    const polls = [poll(), poll(), poll({ QueueUrl: "other" })];
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(20_000);

    expect(await Promise.all(polls)).toEqual([{}, {}, {}]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("fires when a visibility timeout ends", async () => {
    const { sqs, poll } = open();
    sqs.send(arnOf("q"), "x");
    await poll({ VisibilityTimeout: 5 });
    const waiting = poll();

    await vi.advanceTimersByTimeAsync(5_000);

    expect(vi.getTimerCount()).toBe(0);
    expect(await waiting).toMatchObject({ Messages: [{ Body: "x" }] });
  });

  test("is set earlier by a delayed message", async () => {
    const { sqs, poll } = open();
    const waiting = poll();
    sqs.send(arnOf("q"), "x", 5);

    await vi.advanceTimersByTimeAsync(5_000);

    expect(vi.getTimerCount()).toBe(0);
    expect(await waiting).toMatchObject({ Messages: [{ Body: "x" }] });
  });

  test("is set earlier by a message that another consumer receives", async () => {
    const { sqs, poll } = open();
    const first = poll({ VisibilityTimeout: 5 });
    const second = poll();
    sqs.send(arnOf("q"), "x");
    await vi.advanceTimersByTimeAsync(0);
    expect(await first).toMatchObject({ Messages: [{ Body: "x" }] });

    await vi.advanceTimersByTimeAsync(5_000);

    expect(vi.getTimerCount()).toBe(0);
    expect(await second).toMatchObject({ Messages: [{ Body: "x" }] });
  });
});

test("an SDK client that aborts leaves the message to the next one", async () => {
  const { client, queues, server, make } = await startQueues();
  const url = make("q");
  const aborted = new AbortController();
  const receive = (abortSignal?: AbortSignal) =>
    client.send(
      new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }),
      abortSignal ? { abortSignal } : {},
    );
  const first = receive(aborted.signal).catch((error: unknown) => error);
  await until(() => server.openRequests === 1);

  aborted.abort();
  expect(await first).toMatchObject({ name: "AbortError" });
  await until(() => server.openRequests === 0);
  queues.sqs.send(arnOf("q"), "x");

  expect(await receive()).toMatchObject({ Messages: [{ Body: "x" }] });
});
