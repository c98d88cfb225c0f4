import {
  CancelMessageMoveTaskCommand,
  DeleteQueueCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  StartMessageMoveTaskCommand,
  type StartMessageMoveTaskCommandInput,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";

import { arnOf, redriveTo, soon, startQueues, until } from "./fixture.ts";

/** Starts two queues with a maxReceiveCount of 1 and one dead-letter queue. */
async function startStage() {
  const stage = await startQueues();
  const { client, queues } = stage;
  const dead = stage.make("dead");
  const main = stage.make("main", { RedrivePolicy: redriveTo("dead", 1) });
  const other = stage.make("other", { RedrivePolicy: redriveTo("dead", 1) });
  const deadLetter = async (queue: string, ...bodies: string[]) => {
    for (const body of bodies) queues.sqs.send(arnOf(queue), body);
    const QueueUrl = stage.urlOf(queue);
    for (let left = bodies.length + 1; left > 0; left -= 1) {
      await queues.call("ReceiveMessage", {
        QueueUrl,
        VisibilityTimeout: 0,
        MaxNumberOfMessages: 10,
      });
    }
  };
  const start = async (input: Partial<StartMessageMoveTaskCommandInput> = {}) =>
    (await client.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf("dead"), ...input })))
      .TaskHandle;
  const cancel = (TaskHandle: string | undefined) =>
    client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
  const list = async (MaxResults = 1) =>
    (await client.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf("dead"), MaxResults })))
      .Results ?? [];
  const ended = (Status: string) =>
    until(async () => (await list()).find((task) => task.Status === Status));
  const receive = async (QueueUrl: string) =>
    (
      await client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ["All"],
        }),
      )
    ).Messages ?? [];
  return { ...stage, main, other, dead, deadLetter, start, cancel, list, ended, receive };
}

test("moves dead letters to their source queues as new messages", async () => {
  const { deadLetter, start, ended, receive, queues, main, other } = await startStage();
  await deadLetter("main", "m");
  await deadLetter("other", "o");
  queues.pass(3600);

  await start();
  const task = await ended("COMPLETED");

  expect(task).toEqual({
    Status: "COMPLETED",
    SourceArn: arnOf("dead"),
    ApproximateNumberOfMessagesMoved: 2,
    ApproximateNumberOfMessagesToMove: 2,
    StartedTimestamp: queues.clock.now,
  });
  const [back] = await receive(main);
  expect(back).toMatchObject({
    Body: "m",
    Attributes: { ApproximateReceiveCount: "1", SentTimestamp: String(queues.clock.now) },
  });
  expect(back?.Attributes).not.toHaveProperty("DeadLetterQueueSourceArn");
  expect((await receive(other)).map(({ Body }) => Body)).toEqual(["o"]);
  expect(queues.sqs.depth(arnOf("dead")).visible).toBe(0);
});

test("gives a moved message a new id and keeps its content", async () => {
  const { start, ended, receive, queues, main } = await startStage();
  const sent = await queues.call("SendMessage", {
    QueueUrl: main,
    MessageBody: "poison",
    MessageAttributes: { a: { DataType: "String", StringValue: "b" } },
  });
  for (let i = 0; i < 2; i += 1) {
    await queues.call("ReceiveMessage", { QueueUrl: main, VisibilityTimeout: 0 });
  }

  await start({ DestinationArn: arnOf("main") });
  const task = await ended("COMPLETED");

  expect(task.DestinationArn).toBe(arnOf("main"));
  const [message] = await receive(main);
  expect(message?.Body).toBe("poison");
  expect(message?.MessageId).not.toBe(sent["MessageId"]);
});

test("wakes a waiting consumer of the source queue", async () => {
  const { deadLetter, start, queues, main } = await startStage();
  await deadLetter("main", "m");
  const waiting = queues.call("ReceiveMessage", { QueueUrl: main, WaitTimeSeconds: 20 });

  await start();

  expect(await soon(waiting)).toMatchObject({ Messages: [{ Body: "m" }] });
});

test("does not move messages that become dead letters while the task runs", async () => {
  const { deadLetter, start, list, queues } = await startStage();
  await deadLetter("main", "first");
  await start({ MaxNumberOfMessagesPerSecond: 10 });
  await deadLetter("other", "1", "2", "3");

  queues.pass(1);

  expect(await list()).toMatchObject([
    { Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 1 },
  ]);
  expect(queues.sqs.depth(arnOf("main")).visible).toBe(1);
  expect(queues.sqs.depth(arnOf("dead")).visible).toBe(3);
});

test("does not delay other requests during a long task", async () => {
  const { deadLetter, start, ended, queues } = await startStage();
  await deadLetter("main", ...Array.from({ length: 1000 }, (_, i) => String(i)));
  await start();
  const seen = new Set<number>();

  await until(() => {
    const { visible } = queues.sqs.depth(arnOf("main"));
    seen.add(visible);
    return visible === 1000;
  });

  expect(seen.size).toBeGreaterThan(5);
  expect(await ended("COMPLETED")).toMatchObject({ ApproximateNumberOfMessagesMoved: 1000 });
});

test("keeps the rate of a task", async () => {
  const { deadLetter, start, list, queues } = await startStage();
  await deadLetter("main", ...Array.from({ length: 20 }, (_, i) => String(i)));
  const moved = async () => (await list())[0]?.ApproximateNumberOfMessagesMoved;

  const handle = await start({ MaxNumberOfMessagesPerSecond: 5 });

  expect(await list()).toMatchObject([
    { Status: "RUNNING", TaskHandle: handle, ApproximateNumberOfMessagesMoved: 0 },
  ]);
  queues.pass(1);
  expect(await moved()).toBe(5);
  queues.pass(0.5);
  expect(await moved()).toBe(7);
  queues.pass(0.5);
  expect(await moved()).toBe(10);
  queues.pass(60);
  expect((await list())[0]).toMatchObject({
    Status: "COMPLETED",
    MaxNumberOfMessagesPerSecond: 5,
    ApproximateNumberOfMessagesMoved: 20,
  });
});

test("leaves the remaining messages after a canceled task", async () => {
  const { deadLetter, start, cancel, list, ended, queues } = await startStage();
  await deadLetter("main", ...Array.from({ length: 10 }, (_, i) => String(i)));
  const handle = await start({ MaxNumberOfMessagesPerSecond: 1 });
  queues.pass(3);

  expect(await cancel(handle)).toMatchObject({ ApproximateNumberOfMessagesMoved: 3 });
  const task = await ended("CANCELLED");
  queues.pass(60);

  expect(task).not.toHaveProperty("TaskHandle");
  expect((await list())[0]).toMatchObject({ ApproximateNumberOfMessagesMoved: 3 });
  expect(queues.sqs.depth(arnOf("dead")).visible).toBe(7);
  await expect(cancel(handle)).rejects.toMatchObject({ Code: "InvalidParameterValue" });
});

test("continues a task after a restart", async () => {
  const { deadLetter, start, list, queues } = await startStage();
  await deadLetter("main", ...Array.from({ length: 10 }, (_, i) => String(i)));
  await start({ MaxNumberOfMessagesPerSecond: 1 });
  queues.pass(3);

  queues.restart();
  expect((await list())[0]).toMatchObject({
    Status: "RUNNING",
    ApproximateNumberOfMessagesMoved: 3,
  });
  queues.pass(4);
  expect((await list())[0]).toMatchObject({ ApproximateNumberOfMessagesMoved: 7 });
  queues.pass(3);

  expect((await list())[0]).toMatchObject({
    Status: "COMPLETED",
    ApproximateNumberOfMessagesMoved: 10,
  });
  expect(queues.sqs.depth(arnOf("main")).visible).toBe(10);
});

test("fails a task whose destination is deleted, and gives the reason", async () => {
  const { client, deadLetter, start, ended, queues, make } = await startStage();
  const QueueUrl = make("elsewhere");
  await deadLetter("main", "1", "2", "3");
  await start({ DestinationArn: arnOf("elsewhere"), MaxNumberOfMessagesPerSecond: 1 });
  queues.pass(1);
  await client.send(new DeleteQueueCommand({ QueueUrl }));
  queues.pass(1);

  expect(await ended("FAILED")).toMatchObject({
    FailureReason: "AWS.SimpleQueueService.NonExistentQueue",
    ApproximateNumberOfMessagesMoved: 1,
  });
  expect(queues.sqs.depth(arnOf("dead")).visible).toBe(2);
});

test("fails a task for a message without a source queue", async () => {
  const { start, ended, queues } = await startStage();
  queues.sqs.send(arnOf("dead"), "stray");

  await start();

  expect(await ended("FAILED")).toMatchObject({
    FailureReason: "CouldNotDetermineMessageSource",
  });
  expect(queues.sqs.depth(arnOf("dead")).visible).toBe(1);
});

test("completes a task for an empty queue at once", async () => {
  const { start, ended } = await startStage();

  await start();

  expect(await ended("COMPLETED")).toMatchObject({ ApproximateNumberOfMessagesToMove: 0 });
});

test("allows one active task per source, and lists the last ten, newest first", async () => {
  const { start, cancel, ended, list, deadLetter } = await startStage();
  await deadLetter("main", "1");
  const handle = await start({ MaxNumberOfMessagesPerSecond: 1 });
  await expect(start()).rejects.toMatchObject({
    Code: "InvalidParameterValue",
    message: expect.stringContaining("There is already a task running."),
  });
  await cancel(handle);
  await ended("CANCELLED");

  for (let rate = 2; rate < 13; rate += 1) {
    await cancel(await start({ MaxNumberOfMessagesPerSecond: rate }));
    await until(async () => (await list())[0]?.Status === "CANCELLED");
  }

  const tasks = await list(10);
  expect(tasks.map((task) => task.MaxNumberOfMessagesPerSecond)).toEqual([
    12, 11, 10, 9, 8, 7, 6, 5, 4, 3,
  ]);
});

test.each<[string, Partial<StartMessageMoveTaskCommandInput>, string]>([
  [
    "a source that is not a dead-letter queue",
    { SourceArn: arnOf("main") },
    "InvalidParameterValue",
  ],
  ["a source that does not exist", { SourceArn: arnOf("none") }, "ResourceNotFoundException"],
  ["a missing destination", { DestinationArn: arnOf("none") }, "ResourceNotFoundException"],
  ["its source as destination", { DestinationArn: arnOf("dead") }, "InvalidParameterValue"],
  ["a rate of zero", { MaxNumberOfMessagesPerSecond: 0 }, "InvalidParameterValue"],
  ["a rate above the limit", { MaxNumberOfMessagesPerSecond: 501 }, "InvalidParameterValue"],
])("rejects a task with %s", async (_, input, Code) => {
  const { start, list } = await startStage();

  await expect(start(input)).rejects.toMatchObject({ Code });
  expect(await list()).toEqual([]);
});

test("rejects a handle that is not of a task", async () => {
  const { cancel } = await startStage();
  const handle = (taskId: unknown, sourceArn: unknown) =>
    Buffer.from(JSON.stringify({ taskId, sourceArn })).toString("base64");

  await expect(cancel("foobar")).rejects.toMatchObject({
    Code: "InvalidParameterValue",
    message: "Value for parameter TaskHandle is invalid.",
  });
  await expect(cancel(handle(1, 2))).rejects.toMatchObject({ Code: "InvalidParameterValue" });
  await expect(cancel(handle("x", arnOf("none")))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "The resource that you specified for the SourceArn parameter doesn't exist.",
  });
  await expect(cancel(handle("x", arnOf("dead")))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Task does not exist.",
    $metadata: { httpStatusCode: 404 },
  });
});
