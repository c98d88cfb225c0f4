import { PutObjectCommand } from "@aws-sdk/client-s3";
import { GetQueueUrlCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { type Stack, type StackEvent, startStack } from "../../../src/index.ts";
import { type App, makeApp } from "../../app.ts";
import { clientsOf } from "../../clients.ts";

const INFRA = `
const failures = new sst.aws.Queue("Failures");
const recorder = new sst.aws.Function("Recorder", {
  handler: "src/print.handler",
  retries: 1,
  permissions: [{ actions: ["sqs:SendMessage"], resources: [failures.arn] }],
  transform: { eventInvokeConfig: { destinationConfig: { onFailure: { destination: failures.arn } } } },
});
const files = new sst.aws.Bucket("Files");
files.notify({
  notifications: [
    { name: "Print", function: "src/print.handler", filterPrefix: "print/" },
    { name: "Record", function: recorder.arn, filterPrefix: "record/" },
  ],
});
new sst.aws.Bucket("Others").subscribe("src/print.handler", { events: ["s3:ObjectCreated:*"] });
`;
const PRINT = `
let failures = 0;
export const handler = async (event) => {
  console.log(JSON.stringify(event));
  const { key } = event.Records[0].s3.object;
  if (key.endsWith("bad") || (key.endsWith("flaky") && ++failures <= 2)) throw new Error("on purpose");
};
`;

let app: App;
beforeAll(async () => {
  app = await makeApp({ "infra/app.ts": INFRA, "src/print.ts": PRINT });
});
afterAll(() => app.remove());

const start = (log: StackEvent[], stage: string, retrySeconds = 0): Promise<Stack> =>
  startStack({
    root: app.root,
    stage,
    port: 0,
    retrySeconds,
    workers: 1,
    polling: true,
    onEvent: (event) => log.push(event),
  });

async function put(stack: Stack, bucket: string, Key: string): Promise<void> {
  const Bucket = stack.plan.buckets.find(({ name }) => name.includes(bucket))?.name;
  await clientsOf(stack.env).s3.send(new PutObjectCommand({ Bucket, Key, Body: "hello" }));
}

const printed = (log: readonly StackEvent[], text: string) =>
  log.flatMap((event) => (event.type === "log" && event.line.includes(text) ? event.line : []));
const problems = (log: readonly StackEvent[]) =>
  log.flatMap((event) => (event.type === "problem" ? event.message : []));
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

describe("a notification of a bucket invokes a function", () => {
  const log: StackEvent[] = [];
  let stack: Stack;
  beforeAll(async () => {
    stack = await start(log, "async");
  });
  afterAll(() => stack.close());

  test("with the event of S3", async () => {
    await put(stack, "others", "one.txt");

    await eventually(() => expect(printed(log, "one.txt")).toHaveLength(1));
    expect(JSON.parse(printed(log, "one.txt")[0] ?? "")).toMatchObject({
      Records: [{ eventSource: "aws:s3", s3: { object: { key: "one.txt", size: 5 } } }],
    });
    expect(printed(log, "s3:TestEvent")).toEqual([]);
  });

  test("again if it fails, up to two times", async () => {
    await put(stack, "files", "print/flaky");
    await eventually(() => expect(printed(log, "print/flaky")).toHaveLength(3));
    await put(stack, "files", "print/bad");

    await eventually(() =>
      expect(problems(log)).toContainEqual(
        expect.stringMatching(
          /^an asynchronous invocation of \S+: it failed after 3 attempts and is lost/,
        ),
      ),
    );
    expect(printed(log, "print/bad")).toHaveLength(3);
    expect(problems(log).filter((message) => message.includes("is lost"))).toHaveLength(1);
  });

  test("and sends the record of a failure to its destination", async () => {
    const { sqs } = clientsOf(stack.env);
    const QueueName = stack.plan.queues.find(({ name }) => name.includes("Failures"))?.name;
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    await put(stack, "files", "record/bad");
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }),
    );

    expect(JSON.parse(Messages?.[0]?.Body ?? "{}")).toMatchObject({
      version: "1.0",
      requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 2 },
      requestPayload: { Records: [{ s3: { object: { key: "record/bad" } } }] },
      responseContext: { functionError: "Unhandled" },
      responsePayload: { errorMessage: expect.stringContaining("on purpose") as string },
    });
  });
});

test("an invocation that is not finished is continued after a restart", async () => {
  const before: StackEvent[] = [];
  const first = await start(before, "restart", 3600);
  await put(first, "files", "print/bad");
  await eventually(() => expect(problems(before)).toHaveLength(1));
  await first.close();

  const after: StackEvent[] = [];
  const second = await start(after, "restart");
  try {
    await eventually(() =>
      expect(problems(after)).toContainEqual(expect.stringContaining("failed after 3 attempts")),
    );
    expect(printed(after, "print/bad")).toHaveLength(2);
  } finally {
    await second.close();
  }
});

test("a notification without the permission of its function is rejected", async () => {
  const denied = await makeApp({
    "infra/app.ts": `
const fn = new sst.aws.Function("Fn", { handler: "src/print.handler" });
const files = new sst.aws.Bucket("Files");
new aws.s3.BucketNotification("N", {
  bucket: files.name,
  lambdaFunctions: [{ id: "one", lambdaFunctionArn: fn.arn, events: ["s3:ObjectCreated:*"] }],
});`,
    "src/print.ts": PRINT,
  });
  try {
    const starting = startStack({
      root: denied.root,
      stage: "denied",
      port: 0,
      retrySeconds: 0,
      workers: 1,
      polling: true,
      onEvent: () => undefined,
    });

    await expect(starting).rejects.toMatchObject({
      code: "notification.forbidden",
      message: expect.stringContaining("its policy must allow lambda:InvokeFunction") as string,
    });
  } finally {
    denied.remove();
  }
});
