import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { GetQueueUrlCommand, type Message, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";

import type { Credentials } from "../../../src/edge/credentials.ts";
import { type Stack, type StackEvent, startStack } from "../../../src/index.ts";
import { type App, makeApp } from "../../app.ts";
import { clientsOf } from "../../clients.ts";

const INFRA = `
const topic = new sst.aws.SnsTopic("Orders");
topic.subscribe("Print", "src/print.handler", { filter: { kind: ["print"] } });
topic.subscribeQueue("Enveloped", new sst.aws.Queue("Enveloped").arn, { filter: { kind: ["queue"] } });
topic.subscribeQueue("Raw", new sst.aws.Queue("Raw").arn, {
  filter: { total: [{ numeric: [">", 10] }] },
  transform: { subscription: { rawMessageDelivery: true, filterPolicyScope: "MessageBody" } },
});
const closed = new aws.sqs.Queue("Closed", { name: "closed" });
const dead = new sst.aws.Queue("Dead");
new aws.sqs.QueuePolicy("DeadPolicy", { queueUrl: dead.url, policy: $jsonStringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "sns.amazonaws.com" }, Action: "sqs:SendMessage", Resource: dead.arn }],
}) });
new aws.sns.TopicSubscription("ClosedSubscription", {
  topic: topic.arn, protocol: "sqs", endpoint: closed.arn,
  filterPolicy: $jsonStringify({ kind: ["closed"] }),
  redrivePolicy: $jsonStringify({ deadLetterTargetArn: dead.arn }),
});
new aws.sns.TopicSubscription("Mail", { topic: topic.arn, protocol: "email", endpoint: "a@example.com" });
new aws.sns.Topic("Ordered", { name: "ordered.fifo", fifoTopic: true });

const changes = new sst.aws.SnsTopic("Changes");
changes.subscribeQueue("All", new sst.aws.Queue("AllChanges").arn);
new sst.aws.Bucket("Files").notify({ notifications: [{ name: "Changed", topic: changes.arn, events: ["s3:ObjectCreated:*"] }] });

const events = new aws.sns.Topic("Events", { name: "events" });
const rule = new aws.cloudwatch.EventRule("Rule", { name: "to-topic", eventPattern: $jsonStringify({ source: ["shop"] }) });
new aws.cloudwatch.EventTarget("Target", { rule: rule.name, arn: events.arn });
new aws.sns.TopicPolicy("EventsPolicy", { arn: events.arn, policy: $jsonStringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sns:Publish", Resource: events.arn, Condition: { ArnEquals: { "aws:SourceArn": rule.arn } } }],
}) });
sst.aws.SnsTopic.subscribeQueue("Bus", events.arn, new sst.aws.Queue("FromBus").arn);

new sst.aws.Function("Publisher", { handler: "src/print.handler", permissions: [{ actions: ["sns:Publish"], resources: [topic.arn] }] });
`;
const PRINT = "export const handler = async (event) => console.log(JSON.stringify(event));";

let app: App;
let stack: Stack;
const log: StackEvent[] = [];
let sns: SNSClient;
beforeAll(async () => {
  app = await makeApp({ "infra/app.ts": INFRA, "src/print.ts": PRINT });
  stack = await startStack({
    root: app.root,
    stage: "sns",
    port: 0,
    retrySeconds: 0,
    workers: 1,
    polling: true,
    onEvent: (event) => log.push(event),
  });
  sns = clientFor(stack.owner);
});
afterAll(async () => {
  await stack.close();
  app.remove();
});

const clientFor = (credentials: Credentials) =>
  new SNSClient({
    endpoint: stack.endpoint,
    region: stack.graph.region,
    credentials,
    maxAttempts: 1,
  });

const topicArn = (name: string) =>
  stack.plan.topics.find(({ arn }) => arn.includes(name))?.arn ?? "";
const kind = (StringValue: string) => ({ kind: { DataType: "String", StringValue } });

async function receive(name: string): Promise<Message | undefined> {
  const { sqs } = clientsOf(stack.env);
  const QueueName = stack.plan.queues.find((queue) => queue.name.includes(name))?.name;
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      WaitTimeSeconds: 20,
      VisibilityTimeout: 3600,
      MessageAttributeNames: ["All"],
    }),
  );
  return Messages?.[0];
}
const bodyOf = (message: Message | undefined): unknown => JSON.parse(message?.Body ?? "null");

describe("a published message", () => {
  test("is sent to a queue in an envelope", async () => {
    const TopicArn = topicArn("Orders");
    const { MessageId } = await sns.send(
      new PublishCommand({
        TopicArn,
        Subject: "News",
        Message: "a < b & ü",
        MessageAttributes: kind("queue"),
      }),
    );

    expect(bodyOf(await receive("Enveloped"))).toEqual({
      Type: "Notification",
      MessageId,
      TopicArn,
      Subject: "News",
      Message: "a < b & ü",
      Timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      SignatureVersion: "1",
      Signature: expect.any(String) as string,
      SigningCertURL: expect.any(String) as string,
      UnsubscribeURL: expect.any(String) as string,
      MessageAttributes: { kind: { Type: "String", Value: "queue" } },
    });
  });

  test("is sent to a function", async () => {
    await sns.send(
      new PublishCommand({
        TopicArn: topicArn("Orders"),
        Message: "for the function",
        MessageAttributes: kind("print"),
      }),
    );

    const lines = () =>
      log.flatMap((event) =>
        event.type === "log" && event.line.includes("aws:sns") ? event.line : [],
      );
    await vi.waitFor(() => expect(lines()).toHaveLength(1), { timeout: 30_000 });
    expect(JSON.parse(lines()[0] ?? "")).toMatchObject({
      Records: [{ EventSource: "aws:sns", Sns: { Message: "for the function", Subject: null } }],
    });
  });

  test("is sent raw, by a filter for its body", async () => {
    const TopicArn = topicArn("Orders");
    const { Successful, Failed } = await sns.send(
      new PublishBatchCommand({
        TopicArn,
        PublishBatchRequestEntries: [
          { Id: "small", Message: '{"total":1}' },
          { Id: "large", Message: '{"total":11}', MessageAttributes: kind("none") },
          { Id: "empty", Message: "" },
        ],
      }),
    );

    expect(Successful?.map(({ Id }) => Id)).toEqual(["small", "large"]);
    expect(Failed).toMatchObject([{ Id: "empty", Code: "InvalidParameter", SenderFault: true }]);
    expect(await receive("Raw")).toMatchObject({
      Body: '{"total":11}',
      MessageAttributes: { kind: { StringValue: "none", DataType: "String" } },
    });
  });

  test("goes to the dead-letter queue if the queue does not allow the topic", async () => {
    const Message = "refused";
    const MessageAttributes = kind("closed");
    await sns.send(
      new PublishCommand({ TopicArn: topicArn("Orders"), Message, MessageAttributes }),
    );

    expect(bodyOf(await receive("Dead"))).toMatchObject({ Message });
    expect(log).toContainEqual({
      type: "problem",
      message: expect.stringMatching(/^the topic \S+Orders\S+ did not reach \S+closed: /) as string,
    });
  });

  test("needs a permission of its sender", async () => {
    const response = await fetch(`${stack.endpoint}/_offline/credentials`, {
      method: "POST",
      headers: { "x-offline-token": stack.token },
    });
    const Keys = z.array(
      z.object({ name: z.string(), accessKeyId: z.string(), secretAccessKey: z.string() }),
    );
    const key = Keys.parse(await response.json()).find(({ name }) => name.includes("Publisher"));
    const publisher = clientFor(key ?? stack.owner);
    const Message = "{}";

    await publisher.send(new PublishCommand({ TopicArn: topicArn("Orders"), Message }));
    await expect(
      publisher.send(new PublishCommand({ TopicArn: topicArn("Changes"), Message })),
    ).rejects.toMatchObject({ name: "AuthorizationErrorException" });
  });
});

test("an object of a bucket is sent to a topic", async () => {
  const Bucket = stack.plan.buckets[0]?.name;
  await clientsOf(stack.env).s3.send(new PutObjectCommand({ Bucket, Key: "a.txt", Body: "hello" }));

  const messages = [bodyOf(await receive("AllChanges")), bodyOf(await receive("AllChanges"))].map(
    (body) => z.object({ Subject: z.string(), Message: z.string() }).parse(body),
  );
  expect(messages.map(({ Subject }) => Subject)).toEqual(Array(2).fill("Amazon S3 Notification"));
  expect(messages.map(({ Message }) => JSON.parse(Message) as unknown)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ Event: "s3:TestEvent" }),
      expect.objectContaining({
        Records: [expect.objectContaining({ eventName: "ObjectCreated:Put" })],
      }),
    ]),
  );
});

test("an event of EventBridge is sent to a topic", async () => {
  const { endpoint, graph, owner } = stack;
  const events = new EventBridgeClient({ endpoint, region: graph.region, credentials: owner });
  const Detail = '{"total":7}';
  await events.send(
    new PutEventsCommand({ Entries: [{ Source: "shop", DetailType: "sold", Detail }] }),
  );

  const { Message } = z.object({ Message: z.string() }).parse(bodyOf(await receive("FromBus")));
  expect(JSON.parse(Message)).toMatchObject({ source: "shop", detail: { total: 7 } });
});

describe("topics and subscriptions", () => {
  test("are created, read, changed and removed by calls", async () => {
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "own" }));
    const Endpoint = stack.plan.queues.find(({ name }) => name.includes("Raw"))?.arn;
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }),
    );
    const AttributeName = "RawMessageDelivery";
    await sns.send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn,
        AttributeName,
        AttributeValue: "true",
      }),
    );

    expect((await sns.send(new ListTopicsCommand({}))).Topics).toContainEqual({ TopicArn });
    expect((await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes).toMatchObject({
      TopicArn,
      SubscriptionsConfirmed: "1",
    });
    expect(
      (await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes,
    ).toMatchObject({ RawMessageDelivery: "true", Protocol: "sqs", Endpoint });
    expect(
      (await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions,
    ).toMatchObject([{ SubscriptionArn }]);
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    expect((await sns.send(new ListSubscriptionsCommand({}))).Subscriptions).not.toContainEqual(
      expect.objectContaining({ SubscriptionArn }),
    );
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await expect(sns.send(new PublishCommand({ TopicArn, Message: "x" }))).rejects.toMatchObject({
      name: "NotFoundException",
    });
  });

  test("that offline does not run are listed or rejected", async () => {
    expect(stack.plan.declared.filter((one) => one.includes("sns"))).toEqual([
      "aws:sns/topic:Topic Ordered",
      "aws:sns/topicSubscription:TopicSubscription Mail",
    ]);
    await expect(sns.send(new CreateTopicCommand({ Name: "a.fifo" }))).rejects.toThrow(
      "offline does not support FIFO topics",
    );
  });

  test("can be used by aws-cli", async () => {
    // Debian's version does not read AWS_ENDPOINT_URL.
    const endpoint = ["--endpoint-url", stack.endpoint, "--output", "json"];
    const args = [...endpoint, "sns", "publish", "--topic-arn", topicArn("Orders"), "--message=hi"];
    const { stdout } = await promisify(execFile)("/usr/bin/aws", args, {
      env: { ...process.env, ...stack.env },
    });

    expect(JSON.parse(stdout)).toEqual({
      MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
  });
});
