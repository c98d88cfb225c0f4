import { randomUUID } from "node:crypto";

import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { Resource } from "sst";

import { type StackAddress, statusOf } from "../stack.ts";
import { BucketModel, type Versioning } from "./bucket.ts";

/** A bucket that sends its events to a queue of its own, and the model of its content. */
export interface Scene {
  readonly s3: S3Client;
  readonly stack: StackAddress;
  readonly bucket: string;
  readonly queueUrl: string;
  readonly model: BucketModel;
}

const s3 = new S3Client({});
const sqs = new SQSClient({});
const files = Resource.Files.name;

async function openQueue(): Promise<{ url: string; arn: string }> {
  const { QueueUrl: url = "" } = await sqs.send(
    new CreateQueueCommand({
      QueueName: `model-${randomUUID()}`,
      Attributes: {
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: {
            Effect: "Allow",
            Principal: { Service: "s3.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: "*",
          },
        }),
      },
    }),
  );
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }),
  );
  return { url, arn: Attributes?.["QueueArn"] ?? "" };
}

/**
 * Creates a bucket for one history, and a queue to which it sends the events that the bucket of the app sends,
 * and those of tags. From then on, the catalog is of this bucket.
 */
export async function openScene(versioning: Versioning, stack: StackAddress): Promise<Scene> {
  const queue = await openQueue();
  const bucket = `model-${randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  if (versioning !== "Unversioned") {
    await s3.send(
      new PutBucketVersioningCommand({
        Bucket: bucket,
        VersioningConfiguration: { Status: versioning },
      }),
    );
  }
  const { QueueConfigurations = [] } = await s3.send(
    new GetBucketNotificationConfigurationCommand({ Bucket: files }),
  );
  const events = QueueConfigurations.flatMap(({ Events = [] }) => Events);
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: {
        QueueConfigurations: [{ QueueArn: queue.arn, Events: [...events, "s3:ObjectTagging:*"] }],
      },
    }),
  );
  Resource.Files.name = bucket;
  return { s3, stack, bucket, queueUrl: queue.url, model: new BucketModel(versioning) };
}

/** Receives and deletes all messages that S3 has sent. Returns their bodies. */
export async function receiveAll({
  stack,
  queueUrl,
}: Pick<Scene, "stack" | "queueUrl">): Promise<string[]> {
  while ((await statusOf(stack)).pendingNotifications > 0);
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body = "" }) => Body));
    await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
  }
}
