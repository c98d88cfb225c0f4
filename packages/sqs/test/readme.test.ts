import fs from "node:fs";

import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";

import { openSqs, startSqs } from "../src/index.ts";
import { OPERATIONS } from "../src/operations/index.ts";
import { temporaryFolder } from "./fixture.ts";

const readme = fs.readFileSync(new URL("../README.md", import.meta.url), "utf8");

const linesOf = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("import "));

test("the examples in the README are those of this file", () => {
  const source = linesOf(fs.readFileSync(new URL(import.meta.url), "utf8")).join("\n");
  const examples = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, code = ""]) => linesOf(code));

  expect(examples).toHaveLength(3);
  for (const example of examples) expect(source).toContain(example.join("\n"));
});

test("the first example works", async () => {
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const { endpoint, queueUrl, close } = await startSqs({ queues: ["jobs"] });
  const client = new SQSClient({ endpoint, region: "us-east-1", credentials });
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl("jobs"), MessageBody: "hello" }));
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl("jobs") }));
  await close();

  client.destroy();
  expect(Messages).toMatchObject([{ Body: "hello" }]);
});

test("the example of a dead-letter queue works", async () => {
  const { sqs, queueUrl, close } = await startSqs();
  const { arn: deadLetterTargetArn } = sqs.ensureQueue("dead", {});
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 5 });
  const { arn } = sqs.ensureQueue("jobs", { VisibilityTimeout: "60", RedrivePolicy });
  sqs.send(arn, "hello");
  sqs.depth(arn); // { visible: 1, inFlight: 0, delayed: 0, oldestSeconds: 0 }

  expect(queueUrl("jobs")).toMatch(/000000000000\/jobs$/);
  expect(sqs.depth(arn)).toEqual({ visible: 1, inFlight: 0, delayed: 0, oldestSeconds: 0 });
  expect(sqs.redriveSourcesOf(deadLetterTargetArn)).toEqual([arn]);
  await close();
});

test("the example without a server works", async () => {
  const dir = temporaryFolder();

  const sqs = openSqs({ dir, region: "us-east-1", accountId: "000000000000" });
  const { signal } = new AbortController();
  const input = { QueueName: "jobs" };
  const request = { operation: "CreateQueue", input, endpoint: "http://localhost", signal };
  await sqs.handle(request); // { QueueUrl: "http://localhost/000000000000/jobs" }
  sqs.close();

  expect(readme).toContain("openSqs");
});

test("the README lists every operation", () => {
  const listed = readme.slice(
    readme.indexOf("## Operations"),
    readme.indexOf("## What it does not"),
  );
  const names = [...listed.matchAll(/`([A-Z]\w+)`/g)].map(([, name]) => name);

  expect(new Set(names)).toEqual(new Set(OPERATIONS.keys()));
});
