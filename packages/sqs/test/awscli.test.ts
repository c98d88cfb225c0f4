import { execFile } from "node:child_process";
import fs from "node:fs";
import { promisify } from "node:util";

import { describe, expect, test } from "vitest";

import { ACCOUNT, arnOf, startQueues } from "./fixture.ts";

const AWS = "/usr/bin/aws";

describe.skipIf(!fs.existsSync(AWS))("Debian's awscli", () => {
  async function startCli() {
    const stage = await startQueues();
    const env = {
      PATH: process.env["PATH"] ?? "",
      HOME: "/nonexistent",
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "example",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_MAX_ATTEMPTS: "1",
    };
    const aws = async (...args: string[]) => {
      const all = ["--endpoint-url", stage.endpoint, "--no-cli-pager", "sqs", ...args];
      const { stdout } = await promisify(execFile)(AWS, all, { env });
      return stdout === "" ? undefined : JSON.parse(stdout);
    };
    return { ...stage, aws };
  }

  test("creates a queue, sends, receives and deletes", async () => {
    const { aws, queues, urlOf } = await startCli();
    const url = ["--queue-url", urlOf("q")];
    const attributes = JSON.stringify({
      text: { DataType: "String", StringValue: "v" },
      bytes: { DataType: "Binary", BinaryValue: Buffer.of(0, 255).toString("base64") },
    });

    expect(
      await aws("create-queue", "--queue-name", "q", "--attributes", "VisibilityTimeout=60"),
    ).toEqual({ QueueUrl: urlOf("q") });
    const message = ["--message-body", 'a\n<b> & "c"\r', "--message-attributes", attributes];
    const sent = await aws("send-message", ...url, ...message);
    const selection = ["--attribute-names", "All", "--message-attribute-names", "All"];
    const { Messages } = await aws(
      "receive-message",
      ...url,
      ...selection,
      "--wait-time-seconds",
      "5",
    );

    expect(Messages).toMatchObject([
      {
        MessageId: sent.MessageId,
        Body: 'a\n<b> & "c"\r',
        Attributes: { ApproximateReceiveCount: "1", SenderId: ACCOUNT },
        MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
        MessageAttributes: JSON.parse(attributes),
      },
    ]);

    expect(queues.sqs.depth(arnOf("q"))).toMatchObject({ inFlight: 1 });
    await aws("delete-message", ...url, "--receipt-handle", Messages[0].ReceiptHandle);
    expect(queues.sqs.depth(arnOf("q"))).toMatchObject({ visible: 0, inFlight: 0 });
  });

  test("sends batches, reads attributes and reports errors", async () => {
    const { aws, make } = await startCli();
    const url = ["--queue-url", make("q", { DelaySeconds: "3" })];

    const entries = JSON.stringify([
      { Id: "a", MessageBody: "1", DelaySeconds: 0 },
      { Id: "b", MessageBody: "2" },
      { Id: "c", MessageBody: "3", DelaySeconds: 901 },
    ]);
    const [sent] = await Promise.all([
      aws("send-message-batch", ...url, "--entries", entries),
      expect(aws("get-queue-url", "--queue-name", "none")).rejects.toMatchObject({
        stderr: expect.stringContaining("(AWS.SimpleQueueService.NonExistentQueue)"),
      }),
    ]);
    const { Attributes } = await aws("get-queue-attributes", ...url, "--attribute-names", "All");

    expect(sent.Successful.map(({ Id }: { Id: string }) => Id)).toEqual(["a", "b"]);
    expect(sent.Failed).toMatchObject([{ Id: "c", Code: "InvalidParameterValue" }]);
    expect(Attributes).toMatchObject({
      QueueArn: arnOf("q"),
      ApproximateNumberOfMessages: "1",
      ApproximateNumberOfMessagesDelayed: "1",
    });
  });

  test("lists queues and tags", async () => {
    const { aws, make, urlOf } = await startCli();
    const url = ["--queue-url", make("q-2")];
    make("q-1");
    make("other");

    await aws("tag-queue", ...url, "--tags", "a=1,b=");

    const [tags, queues] = await Promise.all([
      aws("list-queue-tags", ...url),
      aws("list-queues", "--queue-name-prefix", "q-"),
    ]);

    expect(tags).toEqual({ Tags: { a: "1", b: "" } });
    expect(queues).toEqual({ QueueUrls: [urlOf("q-1"), urlOf("q-2")] });
  });
});
