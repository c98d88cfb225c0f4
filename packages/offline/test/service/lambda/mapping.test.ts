import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type Sqs, type StartedSqs, startSqs } from "@waybill/sqs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";

import { compileFilters } from "../../../src/service/lambda/filter.ts";
import { LambdaFunction } from "../../../src/service/lambda/function.ts";
import { Mapping, type MappingSettings } from "../../../src/service/lambda/mapping.ts";
import { type Host, openHost } from "./host.ts";

// The body of a message says what the handler does with it. The handler prints its batch.
const HANDLER = `
  const seen = new Map();
  export const handler = async ({ Records }) => {
    console.log(JSON.stringify(Records));
    const failed = [];
    for (const { body, messageId, attributes } of Records) {
      const count = Number(attributes.ApproximateReceiveCount);
      if (body === "throw") throw new Error("thrown");
      if (body === "exit once" && count === 1) process.exit(1);
      if (body === "slow") await new Promise((r) => setTimeout(r, 300));
      if (body === "hang once" && count === 1) await new Promise((r) => setTimeout(r, 60_000));
      if (body.startsWith("fail") && count <= Number(body.split(" ")[1])) failed.push(messageId);
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };`;

const region = "us-east-1";
const accountId = "123456789012";

const Batch = z.array(
  z.looseObject({
    messageId: z.string(),
    body: z.string(),
    attributes: z.record(z.string(), z.string()),
  }),
);

let host: Host;
let sqs: Sqs;
let server: StartedSqs;
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "mapping-"));

beforeAll(async () => {
  host = await openHost();
  host.bundle(HANDLER);
  await startServer();
});
afterAll(async () => {
  await server.close();
  host.close();
  fs.rmSync(dir, { recursive: true });
});

async function startServer() {
  server = await startSqs({ dir, region, accountId });
  ({ sqs } = server);
}

let queues = 0;

/** Creates a queue with a dead-letter queue, and a function to subscribe to it. */
function subscribe(settings: Partial<MappingSettings> = {}, maxReceiveCount = 10) {
  const name = `queue-${(queues += 1)}`;
  const dead = sqs.ensureQueue(`${name}-dead`, {}).arn;
  const redrive = JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount });
  const queueArn = sqs.ensureQueue(name, { RedrivePolicy: redrive, VisibilityTimeout: "600" }).arn;
  const QueueUrl = server.queueUrl(name);
  const lines: string[] = [];
  const problems: string[] = [];
  const fn = new LambdaFunction(
    { name: "fn", arn: "arn:fn", timeoutSeconds: 20, env: {}, concurrency: 2 },
    host.build,
    {
      ...host,
      onLine: (line) => lines.push(line),
      onFailure: (error) => problems.push(error),
    },
  );
  const client = new SQSClient({
    region,
    endpoint: server.endpoint,
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "x" },
    maxAttempts: 1,
  });
  const start = () => {
    const mapping = new Mapping(
      {
        queueUrl: QueueUrl,
        queueArn,
        region,
        batchSize: 10,
        windowSeconds: 0,
        concurrency: 1,
        partialResponses: true,
        isSent: () => true,
        retrySeconds: 0,
        ...settings,
      },
      fn,
      client,
      (problem) => problems.push(problem),
    );
    onTestFinished(async () => {
      const closed = mapping.close();
      fn.close();
      await closed;
    });
    return mapping;
  };
  const send = async (...bodies: string[]) => {
    for (let at = 0; at < bodies.length; at += 10) {
      const Entries = bodies
        .slice(at, at + 10)
        .map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    }
  };
  return {
    fn,
    send,
    start,
    problems,
    /** The batches that the function has received. */
    batches: () => lines.map((line) => Batch.parse(JSON.parse(line))),
    bodies: () => lines.map((line) => Batch.parse(JSON.parse(line)).map(({ body }) => body)),
    left: () => sqs.depth(queueArn),
    dead: () => sqs.depth(dead).visible,
    async drained() {
      await expect
        .poll(() => sqs.depth(queueArn), { timeout: 20_000 })
        .toMatchObject({ visible: 0, inFlight: 0, delayed: 0 });
    },
  };
}

test("invokes the function with the event of Lambda, and deletes processed messages", async () => {
  const queue = subscribe();
  await queue.send("one", "two");
  const mapping = queue.start();
  await queue.drained();

  const [first] = queue.batches().flat();
  expect(first).toMatchObject({
    messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    receiptHandle: expect.any(String),
    body: "one",
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: expect.stringMatching(/^\d{13}$/),
      ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      SenderId: expect.any(String),
    },
    messageAttributes: {},
    md5OfBody: "f97c5d29941bfb1b2fdab0874906ab82",
    eventSource: "aws:sqs",
    eventSourceARN: expect.stringMatching(/^arn:aws:sqs:us-east-1:123456789012:queue-\d+$/),
    awsRegion: "us-east-1",
  });
  expect(mapping.report).toMatchObject({ messages: 2, failures: 0 });
});

describe("batches", () => {
  test("have at most the batch size", async () => {
    const queue = subscribe({ batchSize: 3 });
    await queue.send(...Array.from({ length: 8 }, (_, at) => `${at}`));
    queue.start();
    await queue.drained();

    expect(queue.bodies().every((bodies) => bodies.length <= 3)).toBe(true);
    expect(new Set(queue.bodies().flat()).size).toBe(8);
  });

  test("of more than ten messages are collected within the window", async () => {
    const queue = subscribe({ batchSize: 25, windowSeconds: 300 });
    await queue.send(...Array.from({ length: 25 }, (_, at) => `${at}`));
    queue.start();
    await queue.drained();

    expect(queue.bodies().map((bodies) => bodies.length)).toEqual([25]);
  });

  test("that are not full are processed when the window closes", async () => {
    const queue = subscribe({ batchSize: 100, windowSeconds: 1 });
    await queue.send("one", "two");
    queue.start();
    await queue.drained();

    expect(queue.bodies()).toEqual([["one", "two"]]);
  });

  test("that are not full are processed when receiving fails", async () => {
    const queue = subscribe({ batchSize: 100, windowSeconds: 300 });
    await queue.send("one", "two");
    queue.start();
    await expect.poll(() => queue.left().inFlight, { timeout: 10_000 }).toBe(2);
    await expect.poll(() => server.openRequests, { timeout: 10_000 }).toBe(1);
    await server.close();
    onTestFinished(startServer);

    await expect.poll(queue.bodies, { timeout: 10_000 }).toEqual([["one", "two"]]);
    expect(queue.problems[0]).toMatch(/^polling arn:aws:sqs:.*: /);
  });
});

describe("a message that fails", () => {
  test("is received again, without the other messages of its batch", async () => {
    const queue = subscribe();
    await queue.send("ok", "fail 2", "ok");
    const mapping = queue.start();
    await queue.drained();

    const bodies = queue.bodies().flat();
    expect(bodies.filter((body) => body === "ok")).toHaveLength(2);
    expect(bodies.filter((body) => body === "fail 2")).toHaveLength(3);
    expect(mapping.report).toMatchObject({ messages: 5, failures: 2 });
    expect(queue.dead()).toBe(0);
  });

  test("goes to the dead-letter queue after the maximum number of receives", async () => {
    const queue = subscribe({}, 3);
    await queue.send("fail 9", "ok");
    queue.start();
    await expect.poll(queue.dead, { timeout: 20_000 }).toBe(1);
    await queue.drained();

    expect(
      queue
        .bodies()
        .flat()
        .filter((body) => body === "fail 9"),
    ).toHaveLength(3);
  });

  test("fails its whole batch if the function throws", async () => {
    const queue = subscribe({}, 2);
    await queue.send("throw", "ok");
    queue.start();
    await expect.poll(queue.dead, { timeout: 20_000 }).toBeGreaterThan(0);
    await queue.drained();

    expect(queue.problems[0]).toMatch(/^Error: thrown\n/);
  });
});

describe("a message is received again after its worker", () => {
  test("ends", async () => {
    const queue = subscribe();
    await queue.send("exit once");
    queue.start();
    await queue.drained();

    expect(queue.bodies()).toEqual([["exit once"], ["exit once"]]);
    expect(queue.problems).toEqual(["the runtime exited with code 1"]);
  });

  test("is killed", async () => {
    const queue = subscribe();
    await queue.send("hang once");
    queue.start();
    await expect.poll(queue.batches, { timeout: 10_000 }).toHaveLength(1);
    queue.fn.killWorkers();
    await queue.drained();

    expect(queue.bodies()).toEqual([["hang once"], ["hang once"]]);
  });
});

test("the function processes as many batches at a time as the concurrency allows", async () => {
  const queue = subscribe({ batchSize: 1, concurrency: 2 });
  await queue.send("hang once", "hang once", "ok");
  queue.start();

  // Both workers hang; the third message is still in the queue.
  await expect.poll(queue.bodies, { timeout: 10_000 }).toEqual([["hang once"], ["hang once"]]);
  expect(queue.left()).toMatchObject({ visible: 1, inFlight: 2 });
});

test("close waits for the current batch, and receives no other", async () => {
  const queue = subscribe();
  await queue.send("slow");
  const mapping = queue.start();
  await expect.poll(queue.bodies, { timeout: 10_000 }).toEqual([["slow"]]);
  await mapping.close();

  expect(queue.left()).toMatchObject({ visible: 0, inFlight: 0 });
  await queue.send("too late");
  expect(queue.left()).toMatchObject({ visible: 1, inFlight: 0 });
  expect(mapping.report).toEqual({ batches: 1, messages: 1, failures: 0 });
});

test("a filter selects messages, and the others are deleted", async () => {
  const queue = subscribe({
    isSent: compileFilters(['{"body":{"kind":["wanted"]}}'], "body"),
    windowSeconds: 1,
  });
  const wanted = JSON.stringify({ kind: "wanted" });
  await queue.send("plain", JSON.stringify({ kind: "other" }), wanted, "plain");
  const mapping = queue.start();
  await queue.drained();

  expect(queue.bodies().flat()).toEqual([wanted]);
  expect(mapping.report).toMatchObject({ messages: 1, failures: 0 });
  expect(queue.problems).toEqual([]);
});
