import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";

import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";

import { removeStage, type Stack, startStack, statusOf } from "../stack.ts";

const main = path.join(import.meta.dirname, "main.ts");
const Bindings = z.object({
  Files: z.object({ name: z.string() }),
  Events: z.object({ url: z.string() }),
});

test("reports an object that the catalog does not have, and injects no faults with --calm", async () => {
  const stage = `soak-diff-${process.pid}`;
  onTestFinished(() => removeStage(stage), 60_000);
  await putWithoutEvent(stage, "without event");

  const soak = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      main,
      "--events=20",
      "--keys=5",
      "--seed=1",
      "--calm",
      "--json",
      `--stage=${stage}`,
    ],
    { cwd: path.resolve(import.meta.dirname, "../.."), stdio: ["ignore", "pipe", "ignore"] },
  );
  const [report, [code]] = await Promise.all([text(soak.stdout), once(soak, "exit")]);

  expect(code).toBe(1);
  expect(JSON.parse(report)).toMatchObject({
    comparison: {
      differences: 1,
      examples: ['"without event": in the bucket, not in the catalog'],
    },
    losses: [expect.stringMatching(/^S3 has \d+ versions; it acknowledged \d+$/)],
    unfinished: [],
    injected: { faults: {}, workersKilled: 0, stacksKilled: 0 },
  });
});

/** Puts an object and deletes its event from the queue. */
async function putWithoutEvent(stage: string, Key: string): Promise<void> {
  const stack = await startStack({ stage, polling: false });
  try {
    const { Files, Events, clients } = await open(stack);
    await clients.s3.send(new PutObjectCommand({ Bucket: Files.name, Key, Body: "hello" }));
    await expect.poll(async () => (await statusOf(stack)).pendingNotifications).toBe(0);
    const QueueUrl = Events.url;
    let lost = false;
    while (!lost) {
      const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      for (const { ReceiptHandle, Body } of Messages) {
        await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        lost ||= Body?.includes(encodeURIComponent(Key).replaceAll("%20", "+")) === true;
      }
    }
  } finally {
    await stack.stop();
  }
}

async function open({ env, endpoint }: Stack) {
  const value = (name: string): unknown => JSON.parse(env[`SST_RESOURCE_${name}`] ?? "null");
  const settings = {
    endpoint,
    region: env["AWS_REGION"] ?? "us-east-1",
    credentials: {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
  };
  return {
    ...Bindings.parse({ Files: value("Files"), Events: value("Events") }),
    clients: {
      s3: new S3Client({ ...settings, forcePathStyle: true }),
      sqs: new SQSClient(settings),
    },
  };
}
