import fs from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import {
  AddPermissionCommand,
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
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";

import { openSqs } from "../src/index.ts";
import { ACCOUNT, arnOf, redriveTo, REGION, startQueues, temporaryFolder } from "./fixture.ts";

describe("making queues", () => {
  test("a new queue has SQS's defaults", async () => {
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

  test("creating a queue again gives the same URL, unless an attribute differs", async () => {
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

  test.each(["", "a b", "a/b", "ä", "x".repeat(81)])("the name %j is refused", async (name) => {
    const { client } = await startQueues();

    await expect(client.send(new CreateQueueCommand({ QueueName: name }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    });
  });

  test("FIFO queues are refused with a reason", async () => {
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
  ])("the attribute %s may not be %s", async (name, value) => {
    const { client } = await startQueues();

    await expect(
      client.send(new CreateQueueCommand({ QueueName: "q", Attributes: { [name]: value } })),
    ).rejects.toMatchObject({ name: "InvalidAttributeValue" });
  });

  test("an attribute that SQS does not have is refused by name", async () => {
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

  test("a name rests for a minute after its queue was deleted", async () => {
    const { client, queues, make } = await startQueues();
    const QueueUrl = make("q");
    await client.send(new DeleteQueueCommand({ QueueUrl }));
    const create = () => client.send(new CreateQueueCommand({ QueueName: "q" }));

    queues.pass(59);
    await expect(create()).rejects.toMatchObject({ name: "QueueDeletedRecently" });
    queues.pass(1);
    await expect(create()).resolves.toMatchObject({ QueueUrl });
  });

  test("nothing of a deleted queue comes back with its name", async () => {
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

describe("the queues that a stack asks for", () => {
  test("a queue that is there is brought to the attributes, and keeps its messages", async () => {
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

  test("queues, attributes and tags are there after a restart", async () => {
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

  test("a change is there after a restart too", async () => {
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

  test("a queue of another account or a missing one is not found", async () => {
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

  test("the same folder cannot be opened twice at a time", () => {
    const dir = temporaryFolder();
    const open = () => openSqs({ dir, region: REGION, accountId: ACCOUNT });
    const first = open();

    expect(open).toThrow(expect.objectContaining({ code: "store.in_use", retry: true }));
    first.close();
    open().close();
  });

  test("a file that is no database, or of another version, is refused with its name", () => {
    const dir = temporaryFolder();
    const file = path.join(dir, "sqs.db");
    const open = () => openSqs({ dir, region: REGION, accountId: ACCOUNT });

    fs.writeFileSync(file, "not a database, but long enough to be looked at".repeat(100));
    expect(open).toThrow(
      expect.objectContaining({
        code: "store.unreadable",
        message: expect.stringContaining(file),
      }),
    );
    fs.rmSync(file);
    const other = new DatabaseSync(file);
    other.exec("PRAGMA user_version = 99");
    other.close();
    expect(open).toThrow(expect.objectContaining({ code: "store.other_format" }));
  });
});

describe("listing", () => {
  test("queues are listed by prefix, page by page, in the order of their names", async () => {
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

  test("the sources of a dead-letter queue are found", async () => {
    const { client, make, urlOf } = await startQueues();
    const QueueUrl = make("dead");
    make("one", { RedrivePolicy: redriveTo("dead", 3) });
    make("two", { RedrivePolicy: redriveTo("dead", 3) });
    make("three");

    const { queueUrls } = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }));

    expect(queueUrls).toEqual([urlOf("one"), urlOf("two")].toSorted());
  });
});

describe("attributes", () => {
  test("setting some leaves the others, and an empty policy takes the policy away", async () => {
    const { client, make, queues } = await startQueues();
    const QueueUrl = make("q", { VisibilityTimeout: "7", Policy: '{"Statement":[]}' });
    make("dead");

    await client.send(
      new SetQueueAttributesCommand({
        QueueUrl,
        Attributes: { DelaySeconds: "5", RedrivePolicy: redriveTo("dead", 2) },
      }),
    );
    await client.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: "", RedrivePolicy: "" } }),
    );

    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject({ VisibilityTimeout: "7", DelaySeconds: "5" });
    expect(Attributes).not.toHaveProperty("Policy");
    expect(Attributes).not.toHaveProperty("RedrivePolicy");
    expect(queues.sqs.queueOf("q")).not.toHaveProperty("policy");
  });

  test("a KMS key and the keys of SQS exclude each other", async () => {
    const { client, make } = await startQueues();
    const QueueUrl = make("q");
    const set = (Attributes: Record<string, string>) =>
      client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    const get = async () =>
      (await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] })))
        .Attributes;

    await set({ KmsMasterKeyId: "alias/mine" });
    expect(await get()).toMatchObject({
      KmsMasterKeyId: "alias/mine",
      SqsManagedSseEnabled: "false",
    });
    await set({ SqsManagedSseEnabled: "true" });
    expect(await get()).not.toHaveProperty("KmsMasterKeyId");
    await expect(
      set({ SqsManagedSseEnabled: "true", KmsMasterKeyId: "alias/mine" }),
    ).rejects.toMatchObject({ name: "InvalidAttributeName" });
  });

  test("only the attributes that were asked for are given", async () => {
    const { client, make } = await startQueues();
    const QueueUrl = make("q");

    const one = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn", "Policy"] }),
    );
    const none = await client.send(new GetQueueAttributesCommand({ QueueUrl }));

    expect(one.Attributes).toEqual({ QueueArn: arnOf("q") });
    expect(none.Attributes).toBeUndefined();
  });

  test("permissions are set by policy only", async () => {
    const { client, make } = await startQueues();

    await expect(
      client.send(
        new AddPermissionCommand({
          QueueUrl: make("q"),
          Label: "l",
          AWSAccountIds: [ACCOUNT],
          Actions: ["SendMessage"],
        }),
      ),
    ).rejects.toMatchObject({
      name: "UnsupportedOperation",
      Code: "AWS.SimpleQueueService.UnsupportedOperation",
    });
  });
});

describe("tags", () => {
  test("tags are added, replaced and taken away by key", async () => {
    const { client, make } = await startQueues();
    const QueueUrl = make("q");
    const tags = async () => (await client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags;

    await client.send(new TagQueueCommand({ QueueUrl, Tags: { a: "1", b: "2" } }));
    await client.send(new TagQueueCommand({ QueueUrl, Tags: { a: "3", c: "" } }));
    expect(await tags()).toEqual({ a: "3", b: "2", c: "" });

    await client.send(new UntagQueueCommand({ QueueUrl, TagKeys: ["a", "b", "c", "none"] }));
    expect(await tags()).toBeUndefined();
  });

  test("a queue has fifty tags at most", async () => {
    const { client, make } = await startQueues();
    const Tags = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, ""]));

    await expect(
      client.send(new TagQueueCommand({ QueueUrl: make("q"), Tags })),
    ).rejects.toMatchObject({ Code: "InvalidParameterValue" });
  });
});

describe("purging", () => {
  test("a purge deletes what waits, what is delayed and what is in flight, once a minute", async () => {
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
