import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  SendMessageCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";

import { arnOf, redriveTo, startQueues } from "./fixture.ts";

describe("creating a queue", () => {
  test("uses the default attributes of SQS", async () => {
    const { client, queues, urlOf } = await startQueues();

    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "orders" }));
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );

    expect(QueueUrl).toBe(urlOf("orders"));
    const created = String(queues.clock.now / 1000);
    expect(Attributes).toEqual({
      QueueArn: arnOf("orders"),
      VisibilityTimeout: "30",
      MaximumMessageSize: "1048576",
      MessageRetentionPeriod: "345600",
      DelaySeconds: "0",
      ReceiveMessageWaitTimeSeconds: "0",
      SqsManagedSseEnabled: "true",
      CreatedTimestamp: created,
      LastModifiedTimestamp: created,
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesNotVisible: "0",
      ApproximateNumberOfMessagesDelayed: "0",
    });
  });

  test("returns the URL of an existing queue unless an attribute differs", async () => {
    const { client } = await startQueues();
    const create = (Attributes?: Record<string, string>) =>
      client.send(
        new CreateQueueCommand({ QueueName: "q", ...(Attributes ? { Attributes } : {}) }),
      );
    const { QueueUrl } = await create({ DelaySeconds: "1" });

    expect((await create()).QueueUrl).toBe(QueueUrl);
    expect((await create({ DelaySeconds: "1" })).QueueUrl).toBe(QueueUrl);
    await expect(create({ DelaySeconds: "2" })).rejects.toMatchObject({
      name: "QueueNameExists",
      Code: "QueueAlreadyExists",
      message:
        "A queue already exists with the same name and a different value for attribute DelaySeconds",
    });
  });

  test.each(["", "a b", "a/b", "ä", "x".repeat(81)])("rejects the name %j", async (name) => {
    const { client } = await startQueues();

    await expect(client.send(new CreateQueueCommand({ QueueName: name }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    });
  });

  test("rejects FIFO queues with a reason", async () => {
    const { client } = await startQueues();
    const create = (QueueName: string, Attributes: Record<string, string>) =>
      client.send(new CreateQueueCommand({ QueueName, Attributes }));

    await expect(create("q.fifo", { FifoQueue: "true" })).rejects.toMatchObject({
      name: "UnsupportedOperation",
      message: expect.stringContaining("only standard queues"),
    });
    await expect(create("q", { ContentBasedDeduplication: "true" })).rejects.toMatchObject({
      name: "UnsupportedOperation",
    });
  });

  test.each([
    ["VisibilityTimeout", "43201"],
    ["VisibilityTimeout", "1.5"],
    ["DelaySeconds", "-1"],
    ["MessageRetentionPeriod", "59"],
    ["MaximumMessageSize", "1048577"],
    ["ReceiveMessageWaitTimeSeconds", "21"],
    ["Policy", "not json"],
    ["Policy", "[]"],
    ["RedriveAllowPolicy", '{"redrivePermission":"sometimes"}'],
    ["RedriveAllowPolicy", '{"redrivePermission":"byQueue"}'],
    ["RedriveAllowPolicy", '{"redrivePermission":"allowAll","sourceQueueArns":["a"]}'],
    ["SqsManagedSseEnabled", "perhaps"],
  ])("rejects the attribute %s with the value %s", async (name, value) => {
    const { client } = await startQueues();

    await expect(
      client.send(new CreateQueueCommand({ QueueName: "q", Attributes: { [name]: value } })),
    ).rejects.toMatchObject({ name: "InvalidAttributeValue" });
  });

  test("rejects an unknown attribute by name", async () => {
    const { client, make } = await startQueues();
    const QueueUrl = make("q");
    const Attributes: Record<string, string> = { Colour: "red" };

    await expect(
      client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes })),
    ).rejects.toMatchObject({
      name: "InvalidAttributeName",
      message: "Unknown Attribute Colour.",
    });
    await expect(
      client.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All", "FifoQueue"] }),
      ),
    ).rejects.toMatchObject({ name: "InvalidAttributeName" });
  });

  test("rejects a name for one minute after its queue was deleted", async () => {
    const { client, queues, make } = await startQueues();
    const QueueUrl = make("q");
    await client.send(new DeleteQueueCommand({ QueueUrl }));
    const create = () => client.send(new CreateQueueCommand({ QueueName: "q" }));

    queues.pass(59);
    await expect(create()).rejects.toMatchObject({ name: "QueueDeletedRecently" });
    queues.pass(1);
    await expect(create()).resolves.toMatchObject({ QueueUrl });
  });

  test("does not restore anything of a deleted queue with its name", async () => {
    const { client, queues, make } = await startQueues();
    const QueueUrl = make("q", { VisibilityTimeout: "7" });
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "old" }));
    await client.send(new DeleteQueueCommand({ QueueUrl }));

    await expect(
      client.send(new SendMessageCommand({ QueueUrl, MessageBody: "lost" })),
    ).rejects.toBeInstanceOf(QueueDoesNotExist);
    make("q");

    expect(queues.sqs.depth(arnOf("q"))).toEqual({
      visible: 0,
      inFlight: 0,
      delayed: 0,
      oldestSeconds: 0,
    });
  });
});

describe("an ensured queue", () => {
  test("gets the given attributes and keeps its messages", async () => {
    const { client, queues, make } = await startQueues();
    const QueueUrl = make("q", { VisibilityTimeout: "7", DelaySeconds: "0" });
    queues.sqs.send(arnOf("q"), "kept");

    make("q", { MessageRetentionPeriod: "60" });

    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject({
      VisibilityTimeout: "30",
      MessageRetentionPeriod: "60",
      ApproximateNumberOfMessages: "1",
    });
  });

  test("keeps its attributes and tags after a restart", async () => {
    const { client, queues, urlOf } = await startQueues();
    queues.sqs.ensureQueue("q", { Policy: '{"Statement":[]}' }, { owner: "me", __proto__x: "y" });

    queues.restart();

    expect(queues.sqs.queueOf(urlOf("q"))).toEqual({
      name: "q",
      arn: arnOf("q"),
      policy: '{"Statement":[]}',
    });
    expect(queues.sqs.queueOf("q")?.arn).toBe(arnOf("q"));
    const { Tags } = await client.send(new ListQueueTagsCommand({ QueueUrl: urlOf("q") }));
    expect(Tags).toEqual({ owner: "me", __proto__x: "y" });
  });

  test("keeps changes after a restart", async () => {
    const { client, queues, make, urlOf } = await startQueues();
    const QueueUrl = make("q");
    make("gone");
    await client.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "7" } }),
    );
    await client.send(new TagQueueCommand({ QueueUrl, Tags: { a: "1" } }));
    await client.send(new DeleteQueueCommand({ QueueUrl: urlOf("gone") }));

    queues.restart();

    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] }),
    );
    const { Tags } = await client.send(new ListQueueTagsCommand({ QueueUrl }));
    expect({ Attributes, Tags }).toEqual({
      Attributes: { VisibilityTimeout: "7" },
      Tags: { a: "1" },
    });
    expect(queues.sqs.queueOf("gone")).toBeUndefined();
    await expect(client.send(new CreateQueueCommand({ QueueName: "gone" }))).rejects.toMatchObject({
      name: "QueueDeletedRecently",
    });
  });

  test("is not found by another account or another name", async () => {
    const { client, endpoint, make, queues } = await startQueues();
    make("q");

    expect(queues.sqs.queueOf(`${endpoint}/999999999999/q`)).toBeUndefined();
    expect(queues.sqs.queueOf("nope")).toBeUndefined();
    expect(() => queues.sqs.send(arnOf("nope"), "x")).toThrow("does not exist");
    expect(() => queues.sqs.depth(`${arnOf("q")}x`)).toThrow("does not exist");
    await expect(
      client.send(
        new GetQueueUrlCommand({ QueueName: "q", QueueOwnerAWSAccountId: "999999999999" }),
      ),
    ).rejects.toMatchObject({
      name: "QueueDoesNotExist",
      Code: "AWS.SimpleQueueService.NonExistentQueue",
    });
  });
});

describe("ListQueues", () => {
  test("lists queues by prefix, in pages, ordered by name", async () => {
    const { client, make, urlOf } = await startQueues();
    for (const name of ["b-2", "a-1", "b-1", "b-3", "c-1"]) make(name);
    const page = (NextToken?: string) =>
      client.send(
        new ListQueuesCommand({
          QueueNamePrefix: "b",
          MaxResults: 2,
          ...(NextToken === undefined ? {} : { NextToken }),
        }),
      );

    const first = await page();
    const second = await page(first.NextToken);

    expect(first.QueueUrls).toEqual([urlOf("b-1"), urlOf("b-2")]);
    expect(second.QueueUrls).toEqual([urlOf("b-3")]);
    expect(second.NextToken).toBeUndefined();
  });

  test("lists the source queues of a dead-letter queue", async () => {
    const { client, make, urlOf } = await startQueues();
    const QueueUrl = make("dead");
    make("one", { RedrivePolicy: redriveTo("dead", 3) });
    make("two", { RedrivePolicy: redriveTo("dead", 3) });
    make("three");

    const { queueUrls } = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }));

    expect(queueUrls).toEqual([urlOf("one"), urlOf("two")].toSorted());
  });
});

describe("PurgeQueue", () => {
  test("deletes visible, delayed and in-flight messages, once a minute", async () => {
    const { client, make, queues } = await startQueues();
    const QueueUrl = make("q");
    queues.sqs.send(arnOf("q"), "in flight");
    await queues.call("ReceiveMessage", { QueueUrl });
    queues.sqs.send(arnOf("q"), "waiting");
    queues.sqs.send(arnOf("q"), "delayed", 60);
    const purge = () => client.send(new PurgeQueueCommand({ QueueUrl }));

    await purge();

    expect(queues.sqs.depth(arnOf("q"))).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 });
    await expect(purge()).rejects.toMatchObject({
      name: "PurgeQueueInProgress",
      $metadata: { httpStatusCode: 403 },
    });
    queues.pass(60);
    await purge();
  });
});
