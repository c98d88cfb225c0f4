import * as sqs from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { type Queues, sqsNeeds } from "../../../src/service/sqs/iam.ts";
import { type Capture, startCapture } from "../wire.ts";

const ACCOUNT = "111122223333";
const PLACE = { region: "us-east-1", accountId: ACCOUNT };
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:events`;
const DEAD = `arn:aws:sqs:us-east-1:${ACCOUNT}:dead`;

let server: Capture;
let queue: sqs.SQSClient;

beforeAll(async () => {
  server = await startCapture();
  queue = new sqs.SQSClient({
    endpoint: server.url,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIAOFFLINE000000001", secretAccessKey: "s" },
    maxAttempts: 1,
    md5: false,
  });
});
afterAll(() => server.close());
afterEach(() => {
  server.take();
});

const QUEUES: Queues = {
  redriveSourcesOf: (arn) => (arn === DEAD ? [QUEUE] : []),
  moveTaskSourceOf: (handle) => (handle === "task" ? DEAD : undefined),
};

/** Returns the permissions that the request that was sent needs. */
function needs() {
  const [request, ...others] = server.take();
  if (!request || others.length > 0) throw new Error("expected exactly one request");
  const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
  return sqsNeeds(operation, JSON.parse(request.body.toString()), PLACE, QUEUES);
}

/** Returns only actions and resources, or the problem. */
function actions(): string[] {
  const derivation = needs();
  if (!derivation.ok) return [derivation.problem];
  return derivation.requirements.map(({ action, resource }) => `${action} ${resource}`);
}

const QueueUrl = `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/events`;
const Entries = [{ Id: "1", ReceiptHandle: "h" }];

test("a call needs its own action on the queue, and a batch the action of a single message", async () => {
  const pairs: [string, () => Promise<unknown>][] = [
    ["SendMessage", () => queue.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: "m" }))],
    [
      "SendMessage",
      () =>
        queue.send(
          new sqs.SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: "1", MessageBody: "m" }] }),
        ),
    ],
    ["ReceiveMessage", () => queue.send(new sqs.ReceiveMessageCommand({ QueueUrl }))],
    [
      "DeleteMessage",
      () => queue.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: "h" })),
    ],
    ["DeleteMessage", () => queue.send(new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries }))],
    [
      "ChangeMessageVisibility",
      () => queue.send(new sqs.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries })),
    ],
    ["GetQueueAttributes", () => queue.send(new sqs.GetQueueAttributesCommand({ QueueUrl }))],
    ["PurgeQueue", () => queue.send(new sqs.PurgeQueueCommand({ QueueUrl }))],
    ["DeleteQueue", () => queue.send(new sqs.DeleteQueueCommand({ QueueUrl }))],
    ["UntagQueue", () => queue.send(new sqs.UntagQueueCommand({ QueueUrl, TagKeys: ["a"] }))],
  ];
  for (const [action, send] of pairs) {
    await send();
    expect(actions()).toStrictEqual([`sqs:${action} ${QUEUE}`]);
  }
});

test("a queue URL with any host names the account and the queue", async () => {
  await queue.send(new sqs.PurgeQueueCommand({ QueueUrl: `${server.url}/444455556666/q.fifo` }));

  expect(actions()).toStrictEqual(["sqs:PurgeQueue arn:aws:sqs:us-east-1:444455556666:q.fifo"]);
});

test.each([
  `https://h/${ACCOUNT}/allowed?/${ACCOUNT}/events`,
  `https://h?/${ACCOUNT}/events`,
  `https://h/${ACCOUNT}/events/`,
  `https://h/x/${ACCOUNT}/events`,
  `https://h/${ACCOUNT}/*`,
  `https://h/${ACCOUNT}/../${ACCOUNT}/events`,
  "https://h/1/events",
  "events",
  "",
  7,
])("rejects the queue URL %j", (url) => {
  expect(sqsNeeds("SendMessage", { QueueUrl: url }, PLACE, QUEUES).ok).toBe(false);
});

test("GetQueueUrl needs its action on the queue with this name, also in another account", async () => {
  await queue.send(new sqs.GetQueueUrlCommand({ QueueName: "events" }));
  expect(actions()).toStrictEqual([`sqs:GetQueueUrl ${QUEUE}`]);
  await queue.send(
    new sqs.GetQueueUrlCommand({ QueueName: "events", QueueOwnerAWSAccountId: "444455556666" }),
  );
  expect(actions()).toStrictEqual(["sqs:GetQueueUrl arn:aws:sqs:us-east-1:444455556666:events"]);
  await queue.send(new sqs.ListQueuesCommand({ QueueNamePrefix: "e" }));
  expect(actions()).toStrictEqual(["sqs:ListQueues *"]);
});

test("CreateQueue with tags also needs TagQueue", async () => {
  await queue.send(new sqs.CreateQueueCommand({ QueueName: "events" }));
  expect(actions()).toStrictEqual([`sqs:CreateQueue ${QUEUE}`]);
  await queue.send(new sqs.CreateQueueCommand({ QueueName: "events", tags: { app: "waybill" } }));
  expect(needs()).toStrictEqual({
    ok: true,
    requirements: ["sqs:CreateQueue", "sqs:TagQueue"].map((action) => ({
      action,
      resource: QUEUE,
      context: { "aws:TagKeys": ["app"], "aws:RequestTag/app": "waybill" },
    })),
  });
});

test("StartMessageMoveTask also needs to receive, delete and send the messages", async () => {
  const onSource = [
    "StartMessageMoveTask",
    "ReceiveMessage",
    "DeleteMessage",
    "GetQueueAttributes",
  ];
  const expected = [
    ...onSource.map((action) => `sqs:${action} ${DEAD}`),
    `sqs:SendMessage ${QUEUE}`,
  ];
  await queue.send(new sqs.StartMessageMoveTaskCommand({ SourceArn: DEAD, DestinationArn: QUEUE }));
  expect(actions()).toStrictEqual(expected);
  await queue.send(new sqs.StartMessageMoveTaskCommand({ SourceArn: DEAD }));
  expect(actions()).toStrictEqual(expected);
});

test("listing and canceling a message move task need the documented actions", async () => {
  await queue.send(new sqs.ListMessageMoveTasksCommand({ SourceArn: DEAD }));
  expect(actions()).toStrictEqual([
    `sqs:ListMessageMoveTasks ${DEAD}`,
    `sqs:GetQueueAttributes ${DEAD}`,
  ]);
  await queue.send(new sqs.CancelMessageMoveTaskCommand({ TaskHandle: "task" }));
  expect(actions()).toContain(`sqs:CancelMessageMoveTask ${DEAD}`);
  await queue.send(new sqs.CancelMessageMoveTaskCommand({ TaskHandle: "another" }));
  expect(needs().ok).toBe(false);
});
