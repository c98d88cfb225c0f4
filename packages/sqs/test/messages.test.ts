import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";

import { ACCOUNT, arnOf, startQueues } from "./fixture.ts";

/** One queue, and the three things that one does with it. */
async function startQueue(attributes: Record<string, string> = {}) {
  const stage = await startQueues();
  const QueueUrl = stage.make("q", attributes);
  const { client } = stage;
  return {
    ...stage,
    QueueUrl,
    send: (MessageBody: string, input: Partial<SendMessageCommandInput> = {}) =>
      client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...input })),
    receive: async (input: Partial<ReceiveMessageCommandInput> = {}) =>
      (await client.send(new ReceiveMessageCommand({ QueueUrl, ...input }))).Messages ?? [],
    delete: (ReceiptHandle: string | undefined) =>
      client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    hide: (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
      client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }),
      ),
    depth: () => stage.queues.sqs.depth(arnOf("q")),
  };
}

const bodies = (messages: { Body?: string | undefined }[]) => messages.map(({ Body }) => Body);

describe("a message", () => {
  test("arrives as it was sent, with what SQS knows about it", async () => {
    const { send, receive, queues } = await startQueue();
    const body = 'tab\t line\n return\r <&"> é 日本 🎉 \u{FFFD}';
    const sentAt = queues.clock.now;
    const { MessageId, MD5OfMessageBody } = await send(body);
    queues.pass(5);

    const [message] = await receive({ MessageSystemAttributeNames: ["All"] });

    expect(message).toMatchObject({
      Body: body,
      MessageId,
      MD5OfBody: MD5OfMessageBody,
      Attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: String(sentAt),
        ApproximateFirstReceiveTimestamp: String(queues.clock.now),
        SenderId: ACCOUNT,
      },
    });
    expect(message).not.toHaveProperty("MessageAttributes");
  });

  test("shows system attributes by either of their parameters, and none unasked", async () => {
    const { send, receive } = await startQueue();
    await send("x", {
      MessageGroupId: "tenant-1",
      MessageSystemAttributes: {
        AWSTraceHeader: { DataType: "String", StringValue: "Root=1-5759e988" },
      },
    });

    const [plain] = await receive({ VisibilityTimeout: 0 });
    const [old] = await receive({ VisibilityTimeout: 0, AttributeNames: ["All"] });
    const [both] = await receive({
      VisibilityTimeout: 0,
      MessageSystemAttributeNames: ["AWSTraceHeader"],
      AttributeNames: ["MessageGroupId" as "All"],
    });

    expect(plain).not.toHaveProperty("Attributes");
    expect(old?.Attributes).toMatchObject({ ApproximateReceiveCount: "2" });
    expect(both?.Attributes).toEqual({
      AWSTraceHeader: "Root=1-5759e988",
      MessageGroupId: "tenant-1",
    });
    await expect(
      receive({ MessageSystemAttributeNames: ["Colour" as "All"] }),
    ).rejects.toMatchObject({ name: "InvalidAttributeName" });
  });

  test("carries attributes of each type, whose MD5 covers just those that are shown", async () => {
    const { send, receive } = await startQueue();
    const MessageAttributes: Record<string, MessageAttributeValue> = {
      General: { DataType: "String", StringValue: "Kenobi" },
      Hello: { DataType: "String", StringValue: "There" },
      "Help.Me": { DataType: "String", StringValue: "Me" },
    };
    const sent = await send("msg", { MessageAttributes });

    const ask = async (MessageAttributeNames: string[]) => {
      const [message] = await receive({ VisibilityTimeout: 0, MessageAttributeNames });
      return {
        names: Object.keys(message?.MessageAttributes ?? {}),
        md5: message?.MD5OfMessageAttributes,
      };
    };

    // The digests are those that SQS itself gave for these attributes.
    const all = { names: ["General", "Hello", "Help.Me"], md5: "4c360f3fdafd970e05fae2f149d997f5" };
    expect(sent.MD5OfMessageAttributes).toBe(all.md5);
    expect(await ask(["All"])).toEqual(all);
    expect(await ask([".*"])).toEqual(all);
    expect(await ask(["General", "Hello", "Nothing"])).toEqual({
      names: ["General", "Hello"],
      md5: "fca026605781cb4126a1e9044df24232",
    });
    expect((await ask(["Hel.*"])).names).toEqual(["Hello", "Help.Me"]);
    expect(await ask(["Nothing"])).toEqual({ names: [], md5: undefined });
    expect(await ask([])).toEqual({ names: [], md5: undefined });
  });

  test("keeps binary and number attributes byte for byte", async () => {
    const { send, receive, queues } = await startQueue();
    const MessageAttributes: Record<string, MessageAttributeValue> = {
      bytes: { DataType: "Binary.gzip", BinaryValue: Uint8Array.of(0, 255, 10, 13) },
      count: { DataType: "Number", StringValue: "-12.50e3" },
      "naïve-名": { DataType: "String.note", StringValue: "ü\r\n" },
    };
    await send("x", { MessageAttributes });
    queues.restart();

    const [message] = await receive({ MessageAttributeNames: ["All"] });

    expect(message?.MessageAttributes).toEqual(MessageAttributes);
  });

  test("is refused when it has a character that XML has not", async () => {
    const { send, depth } = await startQueue();

    for (const character of ["\0", "\u0008", "\u001F", "\uD800", "\uFFFE", "\uFFFF"]) {
      await expect(send(`a${character}b`)).rejects.toMatchObject({
        name: "InvalidMessageContents",
      });
    }
    await expect(send("")).rejects.toMatchObject({ Code: "MissingParameter" });
    expect(depth().visible).toBe(0);
  });

  test("may be as large as the queue allows, attributes included, and not a byte more", async () => {
    const { send, receive } = await startQueue({ MaximumMessageSize: "1024" });
    const attribute = { n: { DataType: "String", StringValue: "v" } };
    const counted = "n".length + "String".length + "v".length;

    await send("é".repeat(512));
    await send("x".repeat(1024 - counted), { MessageAttributes: attribute });

    const tooLong = {
      Code: "InvalidParameterValue",
      message:
        "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
    };
    await expect(send("x".repeat(1025))).rejects.toMatchObject(tooLong);
    await expect(
      send("x".repeat(1025 - counted), { MessageAttributes: attribute }),
    ).rejects.toMatchObject(tooLong);
    expect(await receive({ MaxNumberOfMessages: 10 })).toHaveLength(2);
  });

  test("of a mebibyte goes through whole", async () => {
    const { send, receive } = await startQueue();
    const body = "0123456789abcdef".repeat(65_536);

    await send(body);
    await expect(send(`${body}x`)).rejects.toMatchObject({ Code: "InvalidParameterValue" });

    const [message] = await receive();
    expect(message?.Body === body).toBe(true);
  });

  const text = (StringValue: string, DataType = "String") => ({ DataType, StringValue });
  test.each<[string, Record<string, MessageAttributeValue>]>([
    ["has no value", { a: text("") }],
    ["has no type", { a: text("x", "") }],
    ["has an unknown type", { a: text("x", "Text") }],
    ["has a type that is too long", { a: text("1", `Number.${"x".repeat(250)}`) }],
    ["is a number that is none", { a: text("twelve", "Number") }],
    ["has too many digits", { a: text("1".repeat(39), "Number") }],
    ["has a forbidden character", { a: text("\u0008") }],
    ["has lists", { a: { ...text("x"), StringListValues: ["x"] } }],
    ["has two values", { a: { ...text("x"), BinaryValue: Uint8Array.of(1) } }],
    ["is named like AWS's own", { "aWs.a": text("x") }],
    ["is named like Amazon's own", { "AMAZON.a": text("x") }],
    ["starts with a period", { ".a": text("x") }],
    ["ends with a period", { "a.": text("x") }],
    ["has two periods in a row", { "a..b": text("x") }],
    ["has a sign in its name", { "a§": text("x") }],
    ["has a name that is too long", { ["a".repeat(257)]: text("x") }],
    [
      "is one of eleven",
      Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`a${i}`, text("x")])),
    ],
  ])("is refused when an attribute %s", async (_, MessageAttributes) => {
    const { send } = await startQueue();

    await expect(send("x", { MessageAttributes })).rejects.toMatchObject({
      Code: "InvalidParameterValue",
    });
  });

  test("is refused with what only FIFO queues take", async () => {
    const { send } = await startQueue();

    await expect(send("x", { MessageDeduplicationId: "1" })).rejects.toMatchObject({
      Code: "InvalidParameterValue",
      message: expect.stringContaining("not valid for this queue type"),
    });
    await expect(send("x", { MessageGroupId: "a b" })).rejects.toMatchObject({
      Code: "InvalidParameterValue",
    });
  });
});

describe("visibility", () => {
  test("a received message is hidden for the queue's timeout, to the millisecond", async () => {
    const { send, receive, queues, depth } = await startQueue({ VisibilityTimeout: "10" });
    await send("x");

    expect(await receive()).toHaveLength(1);
    expect(depth()).toMatchObject({ visible: 0, inFlight: 1 });
    queues.pass(9.999);
    expect(await receive()).toHaveLength(0);
    queues.pass(0.001);
    expect(depth()).toMatchObject({ visible: 1, inFlight: 0 });
    const [again] = await receive({ MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    expect(again?.Attributes).toEqual({ ApproximateReceiveCount: "2" });
  });

  test("a receive can ask for a timeout of its own, none included", async () => {
    const { send, receive, queues } = await startQueue();
    await send("x");

    expect(await receive({ VisibilityTimeout: 0, MaxNumberOfMessages: 10 })).toHaveLength(1);
    expect(await receive({ VisibilityTimeout: 3 })).toHaveLength(1);
    queues.pass(3);
    expect(await receive()).toHaveLength(1);
    await expect(receive({ VisibilityTimeout: 43_201 })).rejects.toMatchObject({
      Code: "InvalidParameterValue",
    });
  });

  test("the timeout of a message in flight counts anew from when it is changed", async () => {
    const { send, receive, hide, queues } = await startQueue({ VisibilityTimeout: "10" });
    await send("x");
    const [message] = await receive();

    queues.pass(9);
    await hide(message?.ReceiptHandle, 10);
    queues.pass(9);
    expect(await receive()).toHaveLength(0);
    await hide(message?.ReceiptHandle, 0);
    expect(await receive()).toHaveLength(1);
    queues.pass(9);
    expect(await receive()).toHaveLength(0);
    queues.pass(1);
    expect(await receive()).toHaveLength(1);
  });

  test("the timeout can still be changed when it has ended, but not after another receive", async () => {
    const { send, receive, hide, queues } = await startQueue({ VisibilityTimeout: "10" });
    await send("x");
    const [first] = await receive();
    queues.pass(10);

    await hide(first?.ReceiptHandle, 5);
    expect(await receive()).toHaveLength(0);
    queues.pass(5);
    await receive();

    await expect(hide(first?.ReceiptHandle, 5)).rejects.toMatchObject({
      Code: "InvalidParameterValue",
      message: `Value ${first?.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    });
  });

  test("no message stays hidden for more than twelve hours after a receive", async () => {
    const { send, receive, hide, queues } = await startQueue();
    await send("x");
    const [message] = await receive();
    queues.pass(1);

    await expect(hide(message?.ReceiptHandle, 43_200)).rejects.toMatchObject({
      message: expect.stringContaining("beyond the limit [43200 seconds]"),
    });
    await hide(message?.ReceiptHandle, 43_199);
  });

  test("after a crash what was in flight is shown at once, with its receive count", async () => {
    const { send, receive, queues, depth } = await startQueue();
    await send("taken");
    await send("delayed", { DelaySeconds: 100 });
    await receive();

    queues.restart();
    expect(depth()).toMatchObject({ visible: 0, inFlight: 1, delayed: 1 });
    queues.sqs.releaseInFlight();

    expect(depth()).toMatchObject({ visible: 1, inFlight: 0, delayed: 1 });
    const [again] = await receive({ MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    expect(again).toMatchObject({ Body: "taken", Attributes: { ApproximateReceiveCount: "2" } });
  });

  test("at most ten messages come at once, and one when no number is given", async () => {
    const { send, receive } = await startQueue();
    for (let i = 0; i < 12; i += 1) await send(String(i));

    expect(await receive()).toHaveLength(1);
    expect(await receive({ MaxNumberOfMessages: 10 })).toHaveLength(10);
    expect(await receive({ MaxNumberOfMessages: 10 })).toHaveLength(1);
    for (const MaxNumberOfMessages of [0, 11]) {
      await expect(receive({ MaxNumberOfMessages })).rejects.toMatchObject({
        Code: "InvalidParameterValue",
        message: `Value ${MaxNumberOfMessages} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
      });
    }
  });
});

describe("deleting", () => {
  test("a deleted message is gone, and deleting it again succeeds", async () => {
    const { send, receive, delete: remove, queues, depth } = await startQueue();
    await send("x");
    const [message] = await receive();

    await remove(message?.ReceiptHandle);
    await remove(message?.ReceiptHandle);

    queues.pass(60);
    expect(depth()).toMatchObject({ visible: 0, inFlight: 0 });
  });

  test("a handle works after its timeout as long as nobody else has received the message", async () => {
    const { send, receive, delete: remove, queues, depth } = await startQueue();
    await send("x");
    const [message] = await receive({ VisibilityTimeout: 1 });
    queues.pass(2);

    await remove(message?.ReceiptHandle);

    expect(depth().visible).toBe(0);
  });

  test("with a handle of an earlier receive it succeeds, and whoever has the message keeps it", async () => {
    const { send, receive, delete: remove, queues, depth } = await startQueue();
    await send("x");
    const [first] = await receive({ VisibilityTimeout: 1 });
    queues.pass(1);
    const [second] = await receive();
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);

    await remove(first?.ReceiptHandle);
    expect(depth().inFlight).toBe(1);
    await remove(second?.ReceiptHandle);
    expect(depth().inFlight).toBe(0);
  });

  test("what is no handle of this queue is refused", async () => {
    const { client, send, receive, delete: remove, hide, make } = await startQueue();
    await send("x");
    const [message] = await receive();
    const other = make("other");

    for (const handle of ["garbage", Buffer.from("q\n1\nx\n1\n1").toString("base64")]) {
      const refusal = { name: "ReceiptHandleIsInvalid" };
      await expect(remove(handle)).rejects.toMatchObject(refusal);
      await expect(hide(handle, 1)).rejects.toMatchObject(refusal);
    }
    await expect(
      client.send(
        new DeleteMessageCommand({ QueueUrl: other, ReceiptHandle: message?.ReceiptHandle }),
      ),
    ).rejects.toMatchObject({ name: "ReceiptHandleIsInvalid" });
  });
});

describe("delay", () => {
  test("a delayed message is hidden for its own delay, or else the queue's", async () => {
    const { send, receive, queues, depth } = await startQueue({ DelaySeconds: "10" });
    await send("queue's");
    await send("own", { DelaySeconds: 5 });
    await send("none", { DelaySeconds: 0 });

    expect(depth()).toMatchObject({ visible: 1, delayed: 2, inFlight: 0 });
    expect(bodies(await receive({ MaxNumberOfMessages: 10 }))).toEqual(["none"]);
    queues.pass(5);
    expect(bodies(await receive({ MaxNumberOfMessages: 10 }))).toEqual(["own"]);
    queues.pass(5);
    expect(bodies(await receive({ MaxNumberOfMessages: 10 }))).toEqual(["queue's"]);
    await expect(send("x", { DelaySeconds: 901 })).rejects.toMatchObject({
      Code: "InvalidParameterValue",
    });
  });

  test("counts of visible, delayed and in-flight messages are given as attributes", async () => {
    const { client, send, receive, QueueUrl } = await startQueue();
    await send("a");
    await send("b");
    await send("c", { DelaySeconds: 5 });
    await receive();

    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );

    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: "1",
      ApproximateNumberOfMessagesNotVisible: "1",
      ApproximateNumberOfMessagesDelayed: "1",
    });
  });
});

describe("retention", () => {
  test("a message vanishes when it is as old as the queue keeps messages", async () => {
    const { send, receive, queues, depth } = await startQueue({ MessageRetentionPeriod: "60" });
    await send("first");
    queues.pass(30);
    await send("second");
    expect(depth()).toMatchObject({ visible: 2, oldestSeconds: 30 });

    queues.pass(29.999);
    expect(depth().visible).toBe(2);
    queues.pass(0.001);

    expect(bodies(await receive({ MaxNumberOfMessages: 10 }))).toEqual(["second"]);
  });

  test("one that is in flight vanishes too, and its handle means nothing then", async () => {
    const { send, receive, hide, queues, depth } = await startQueue({
      MessageRetentionPeriod: "60",
      VisibilityTimeout: "600",
    });
    await send("x");
    const [message] = await receive();

    queues.pass(60);

    await expect(hide(message?.ReceiptHandle, 0)).rejects.toMatchObject({
      Code: "InvalidParameterValue",
    });
    expect(depth()).toMatchObject({ visible: 0, inFlight: 0, oldestSeconds: 0 });
  });

  test("a clock that was set back does not make a message stay longer", async () => {
    const { send, queues, depth } = await startQueue({ MessageRetentionPeriod: "60" });
    expect(depth().visible).toBe(0);
    queues.pass(-1000);
    await send("x");

    queues.pass(60);

    expect(depth().visible).toBe(0);
  });

  test("a shorter retention holds for the messages that are there", async () => {
    const { send, make, queues, depth } = await startQueue();
    await send("x");
    queues.pass(3600);
    expect(depth().visible).toBe(1);

    make("q", { MessageRetentionPeriod: "3600" });

    expect(depth().visible).toBe(0);
  });
});

describe("batches", () => {
  test("each entry of a batch succeeds or fails by itself", async () => {
    const { client, QueueUrl, receive } = await startQueue();

    const sent = await client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          {
            Id: "good",
            MessageBody: "one",
            MessageAttributes: { a: { DataType: "String", StringValue: "x" } },
          },
          { Id: "bad", MessageBody: "\u0001" },
          { Id: "late", MessageBody: "two", DelaySeconds: 1 },
          { Id: "later", MessageBody: "three", DelaySeconds: 901 },
        ],
      }),
    );

    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(["good", "late"]);
    expect(sent.Failed).toMatchObject([
      { Id: "bad", Code: "InvalidMessageContents", SenderFault: true },
      { Id: "later", Code: "InvalidParameterValue", SenderFault: true },
    ]);
    const [message] = await receive({ MaxNumberOfMessages: 10 });
    expect(message?.Body).toBe("one");

    const changed = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "a", ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 },
          { Id: "b", ReceiptHandle: message?.ReceiptHandle },
        ],
      }),
    );
    expect(changed.Successful).toEqual([{ Id: "a" }]);
    expect(changed.Failed).toMatchObject([{ Id: "b", Code: "MissingParameter" }]);

    const [again] = await receive();
    const deleted = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "a", ReceiptHandle: again?.ReceiptHandle },
          { Id: "b", ReceiptHandle: "garbage" },
        ],
      }),
    );
    expect(deleted.Successful).toEqual([{ Id: "a" }]);
    expect(deleted.Failed).toMatchObject([{ Id: "b", Code: "ReceiptHandleIsInvalid" }]);
  });

  test.each([
    ["EmptyBatchRequest", []],
    ["TooManyEntriesInBatchRequest", Array.from({ length: 11 }, (_, i) => `id${i}`)],
    ["BatchEntryIdsNotDistinct", ["a", "b", "a"]],
    ["InvalidBatchEntryId", ["a", "b:c"]],
    ["InvalidBatchEntryId", [""]],
    ["InvalidBatchEntryId", ["x".repeat(81)]],
  ])("a batch as a whole can be refused: %s", async (name, ids) => {
    const { client, QueueUrl, depth } = await startQueue();

    await expect(
      client.send(
        new SendMessageBatchCommand({
          QueueUrl,
          Entries: ids.map((Id) => ({ Id, MessageBody: "x" })),
        }),
      ),
    ).rejects.toMatchObject({ name, Code: `AWS.SimpleQueueService.${name}` });
    expect(depth().visible).toBe(0);
  });

  test("the messages of a batch have a mebibyte together", async () => {
    const { client, QueueUrl } = await startQueue();
    const MessageBody = "x".repeat(524_288);
    const batch = (last: string) =>
      client.send(
        new SendMessageBatchCommand({
          QueueUrl,
          Entries: [
            { Id: "1", MessageBody },
            { Id: "2", MessageBody: last },
          ],
        }),
      );

    await expect(batch(MessageBody)).resolves.toMatchObject({ Successful: [{}, {}] });
    await expect(batch(`${MessageBody}x`)).rejects.toMatchObject({
      name: "BatchRequestTooLong",
      message: "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
    });
  });
});
