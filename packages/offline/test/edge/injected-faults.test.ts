import { DeleteItemCommand, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { type Clients, type EdgeBench, failure, startEdgeBench, SUCCESS } from "./bench.ts";

let bench: EdgeBench;
beforeAll(async () => {
  bench = await startEdgeBench();
});
afterAll(() => bench.close());

describe("a fault that is injected into a call of the SDK", () => {
  const inject = (kind: string, service: string, operation: string) =>
    bench.control("faults", { rules: [{ service, operation, kind, rate: 1, times: 1 }] });
  afterEach(async () => {
    await bench.control("faults", { rules: [] });
  });

  const item = { pk: { S: "a" } };
  const putItem = ({ dynamodb }: Clients) =>
    dynamodb.send(new PutItemCommand({ TableName: bench.names.table, Item: item }));
  const send = ({ sqs }: Clients) =>
    sqs.send(new SendMessageCommand({ QueueUrl: bench.names.queueUrl, MessageBody: "x" }));

  /** A call of each service, a check of its effect, and its reversal. */
  const CALLS = {
    s3: {
      operation: "PutObject",
      call: (by: Clients) => bench.putObject(by, "key-1"),
      isDone: async () => {
        const head = new HeadObjectCommand({ Bucket: bench.names.bucket, Key: "key-1" });
        return (await failure(bench.owner.s3.send(head))).name === SUCCESS.name;
      },
      undo: async () => {
        await bench.owner.s3.send(
          new DeleteObjectCommand({ Bucket: bench.names.bucket, Key: "key-1" }),
        );
      },
    },
    dynamodb: {
      operation: "PutItem",
      call: putItem,
      isDone: async () => {
        const get = new GetItemCommand({ TableName: bench.names.table, Key: item });
        return (await bench.owner.dynamodb.send(get)).Item !== undefined;
      },
      undo: async () => {
        await bench.owner.dynamodb.send(
          new DeleteItemCommand({ TableName: bench.names.table, Key: item }),
        );
      },
    },
    sqs: {
      operation: "SendMessage",
      call: send,
      isDone: async () =>
        (await bench.queueAttributes(bench.owner))["ApproximateNumberOfMessages"] !== "0",
      undo: async () => {
        const QueueUrl = bench.names.queueUrl;
        const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
        for (;;) {
          const { Messages = [] } = await bench.owner.sqs.send(receive);
          if (Messages.length === 0) return;
          for (const { ReceiptHandle } of Messages) {
            await bench.owner.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
          }
        }
      },
    },
  };

  test.each([
    ["s3", "throttle", "SlowDown", 503],
    ["s3", "error", "InternalError", 500],
    ["s3", "deny", "AccessDenied", 403],
    ["dynamodb", "throttle", "ProvisionedThroughputExceededException", 400],
    ["dynamodb", "error", "InternalServerError", 500],
    ["dynamodb", "deny", "AccessDeniedException", 400],
    ["sqs", "throttle", "RequestThrottled", 403],
    ["sqs", "error", "InternalError", 500],
    ["sqs", "deny", "AccessDenied", 403],
  ] as const)("%s: %s causes the error %s", async (service, kind, name, status) => {
    const { operation, call } = CALLS[service];
    await inject(kind, service, operation);

    expect(await failure(call(bench.role))).toEqual({ name, status });
    expect(await failure(call(bench.role))).toEqual(SUCCESS);
  });

  test.each(["s3", "dynamodb", "sqs"] as const)(
    "%s: the call has no effect after a reset, and has its effect if the response is lost",
    async (service) => {
      const { operation, call, isDone, undo } = CALLS[service];
      await undo();

      await inject("reset", service, operation);
      expect((await failure(call(bench.role))).name).toMatch(/ECONNRESET|Error/);
      expect(await isDone()).toBe(false);

      await inject("lost", service, operation);
      expect((await failure(call(bench.role))).name).toMatch(/ECONNRESET|Error/);
      expect(await isDone()).toBe(true);
    },
  );

  test("S3: a response with a body is lost", async () => {
    await bench.putObject(bench.owner, "read", "x".repeat(100_000));
    await inject("lost", "s3", "GetObject");

    const read = bench.role.s3.send(
      new GetObjectCommand({ Bucket: bench.names.bucket, Key: "read" }),
    );
    expect((await failure(read)).name).not.toBe(SUCCESS.name);
  });

  test("timeout: the call has no effect and gets no response", async () => {
    await CALLS.dynamodb.undo();
    await inject("timeout", "dynamodb", "PutItem");
    const aborted = new AbortController();
    const call = bench.role.dynamodb.send(
      new PutItemCommand({ TableName: bench.names.table, Item: item }),
      {
        abortSignal: aborted.signal,
      },
    );
    await expect
      .poll(() => bench.control("status"), { timeout: 10_000 })
      .toMatchObject({ faults: { timeout: 1 } });
    aborted.abort();

    expect((await failure(call)).name).toBe("AbortError");
    expect(await CALLS.dynamodb.isDone()).toBe(false);
  });

  test("the calls of the owner have no faults", async () => {
    await inject("deny", "s3", "PutObject");

    expect(await failure(bench.putObject(bench.owner))).toEqual(SUCCESS);
  });
});
