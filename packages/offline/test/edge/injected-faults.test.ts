import { DeleteItemCommand, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";

import { clientsOf } from "../clients.ts";
import { startWorkbench, type Workbench } from "../workbench.ts";

let bench: Workbench;
let owner: ReturnType<typeof clientsOf>;
/** Clients with the credentials of the function "Tool", as it finds them itself. */
let role: ReturnType<typeof clientsOf>;
let names: { bucket: string; table: string; queueUrl: string };

beforeAll(async () => {
  bench = await startWorkbench();
  owner = clientsOf(bench.stack.env);
  const env = z
    .record(z.string(), z.string())
    .parse(await (await fetch(`${bench.url.Tool}/env`)).json());
  role = clientsOf(env);
  names = {
    bucket: bench.stack.plan.buckets[0]?.name ?? "",
    table: bench.stack.plan.tables[0]?.TableName ?? "",
    queueUrl: env["JOBS_URL"] ?? "",
  };
});
afterAll(() => bench.close());

/** The name of an error as the SDK tells it, and the HTTP status where there was one. */
async function failure(call: Promise<unknown>): Promise<{ name: string; status?: number }> {
  const error = await call.then(
    () => ({ name: "it succeeded" }),
    (thrown: unknown) => thrown as Error & { $metadata?: { httpStatusCode?: number } },
  );
  const status = "$metadata" in error ? error.$metadata?.httpStatusCode : undefined;
  return { name: error.name, ...(status === undefined ? {} : { status }) };
}

const attributes = ({ sqs }: typeof owner) =>
  sqs.send(new GetQueueAttributesCommand({ QueueUrl: names.queueUrl, AttributeNames: ["All"] }));
const put = ({ s3 }: typeof owner, Key = "key", Body = "x") =>
  s3.send(new PutObjectCommand({ Bucket: names.bucket, Key, Body }));

describe("faults, as the SDK sees them", () => {
  const disturb = (kind: string, service: string, operation: string) =>
    bench.control("faults", { rules: [{ service, operation, kind, rate: 1, times: 1 }] });
  beforeEach(async () => {
    onTestFinished(async () => {
      await bench.control("faults", { rules: [] });
    });
  });

  const item = { pk: { S: "a" } };
  const putItem = ({ dynamodb }: typeof owner) =>
    dynamodb.send(new PutItemCommand({ TableName: names.table, Item: item }));
  const send = ({ sqs }: typeof owner) =>
    sqs.send(new SendMessageCommand({ QueueUrl: names.queueUrl, MessageBody: "x" }));

  /** A call of each service, whether it was done, and how to undo it. */
  const CALLS = {
    s3: {
      operation: "PutObject",
      call: (by: typeof owner) => put(by, "disturbed"),
      isDone: async () => {
        const head = new HeadObjectCommand({ Bucket: names.bucket, Key: "disturbed" });
        return (await failure(owner.s3.send(head))).name === "it succeeded";
      },
      undo: async () => {
        await owner.s3.send(new DeleteObjectCommand({ Bucket: names.bucket, Key: "disturbed" }));
      },
    },
    dynamodb: {
      operation: "PutItem",
      call: putItem,
      isDone: async () => {
        const get = new GetItemCommand({ TableName: names.table, Key: item });
        return (await owner.dynamodb.send(get)).Item !== undefined;
      },
      undo: async () => {
        await owner.dynamodb.send(new DeleteItemCommand({ TableName: names.table, Key: item }));
      },
    },
    sqs: {
      operation: "SendMessage",
      call: send,
      isDone: async () =>
        (await attributes(owner)).Attributes?.["ApproximateNumberOfMessages"] !== "0",
      undo: async () => {
        const QueueUrl = names.queueUrl;
        const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
        for (;;) {
          const { Messages = [] } = await owner.sqs.send(receive);
          if (Messages.length === 0) return;
          for (const { ReceiptHandle } of Messages) {
            await owner.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
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
  ] as const)("%s: %s is %s", async (service, kind, name, status) => {
    const { operation, call } = CALLS[service];
    await disturb(kind, service, operation);

    expect(await failure(call(role))).toEqual({ name, status });
    expect(await failure(call(role))).toEqual({ name: "it succeeded" });
  });

  test.each(["s3", "dynamodb", "sqs"] as const)(
    "%s: a connection that is reset has done nothing, and a lost answer has done it",
    async (service) => {
      const { operation, call, isDone, undo } = CALLS[service];
      await undo();

      await disturb("reset", service, operation);
      expect((await failure(call(role))).name).toMatch(/ECONNRESET|Error/);
      expect(await isDone()).toBe(false);

      await disturb("lost", service, operation);
      expect((await failure(call(role))).name).toMatch(/ECONNRESET|Error/);
      expect(await isDone()).toBe(true);
    },
  );

  test("a lost answer of S3 is lost also where it has a body", async () => {
    await put(owner, "read", "x".repeat(100_000));
    await disturb("lost", "s3", "GetObject");

    const read = role.s3.send(new GetObjectCommand({ Bucket: names.bucket, Key: "read" }));
    expect((await failure(read)).name).not.toBe("it succeeded");
  });

  test("a request that times out is never answered", async () => {
    await CALLS.dynamodb.undo();
    await disturb("timeout", "dynamodb", "PutItem");
    const gone = new AbortController();
    const call = role.dynamodb.send(new PutItemCommand({ TableName: names.table, Item: item }), {
      abortSignal: gone.signal,
    });
    await expect
      .poll(() => bench.control("status"), { timeout: 10_000 })
      .toMatchObject({ faults: { timeout: 1 } });
    gone.abort();

    expect((await failure(call)).name).toBe("AbortError");
    expect(await CALLS.dynamodb.isDone()).toBe(false);
  });

  test("the owner is never disturbed", async () => {
    await disturb("deny", "s3", "PutObject");

    expect(await failure(put(owner))).toEqual({ name: "it succeeded" });
  });
});
