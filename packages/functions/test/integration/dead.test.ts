import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { Resource } from "sst";
import { expect, test } from "vitest";

import { bucket, offline, recordOf, s3, unique } from "./support.ts";

const sqs = new SQSClient({});

// On AWS a message takes five visibility timeouts, half an hour, to become a dead letter.
test.skipIf(!offline)(
  "a message that is no notification becomes a dead letter, and others go on",
  async () => {
    const body = `not a notification ${crypto.randomUUID()}`;
    await sqs.send(new SendMessageCommand({ QueueUrl: Resource.Events.url, MessageBody: body }));
    const key = unique("neighbour");
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "x" }));

    await recordOf(key, { state: "present" });
    await expect
      .poll(
        async () => {
          const { Messages } = await sqs.send(
            new ReceiveMessageCommand({
              QueueUrl: Resource.DeadEvents.url,
              MaxNumberOfMessages: 10,
              WaitTimeSeconds: 5,
            }),
          );
          return (Messages ?? []).map((message) => message.Body);
        },
        { timeout: 60_000 },
      )
      .toContain(body);
  },
);
