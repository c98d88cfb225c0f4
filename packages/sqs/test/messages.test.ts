import type { MessageAttributeValue } from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";

import { ACCOUNT } from "./fixture.ts";
import { startQueue } from "./queue.ts";

describe("a message", () => {
  test("arrives as it was sent, with its system attributes", async () => {
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

  test("has the system attributes of both parameters, and none by default", async () => {
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

  test("has attributes whose MD5 covers only the selected ones", async () => {
    const { send, receive } = await startQueue();
    const MessageAttributes: Record<string, MessageAttributeValue> = {
      General: { DataType: "String", StringValue: "Kenobi" },
      Hello: { DataType: "String", StringValue: "There" },
      "Help.Me": { DataType: "String", StringValue: "Me" },
    };
    const sent = await send("msg", { MessageAttributes });

    const select = async (MessageAttributeNames: string[]) => {
      const [message] = await receive({ VisibilityTimeout: 0, MessageAttributeNames });
      return {
        names: Object.keys(message?.MessageAttributes ?? {}),
        md5: message?.MD5OfMessageAttributes,
      };
    };

    // The digests are recorded from SQS.
    const all = { names: ["General", "Hello", "Help.Me"], md5: "4c360f3fdafd970e05fae2f149d997f5" };
    expect(sent.MD5OfMessageAttributes).toBe(all.md5);
    expect(await select(["All"])).toEqual(all);
    expect(await select([".*"])).toEqual(all);
    expect(await select(["General", "Hello", "Nothing"])).toEqual({
      names: ["General", "Hello"],
      md5: "fca026605781cb4126a1e9044df24232",
    });
    expect((await select(["Hel.*"])).names).toEqual(["Hello", "Help.Me"]);
    expect(await select(["Nothing"])).toEqual({ names: [], md5: undefined });
    expect(await select([])).toEqual({ names: [], md5: undefined });
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

  test("is rejected with a character that XML does not allow", async () => {
    const { send, depth } = await startQueue();

    for (const character of ["\0", "\u0008", "\u001F", "\uD800", "\uFFFE", "\uFFFF"]) {
      await expect(send(`a${character}b`)).rejects.toMatchObject({
        name: "InvalidMessageContents",
      });
    }
    await expect(send("")).rejects.toMatchObject({ Code: "MissingParameter" });
    expect(depth().visible).toBe(0);
  });

  test("is limited to MaximumMessageSize, including its attributes", async () => {
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

  test("can have one mebibyte", async () => {
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
    ["is text in place of a number", { a: text("twelve", "Number") }],
    ["has too many digits", { a: text("1".repeat(39), "Number") }],
    ["has a forbidden character", { a: text("\u0008") }],
    ["has lists", { a: { ...text("x"), StringListValues: ["x"] } }],
    ["has two values", { a: { ...text("x"), BinaryValue: Uint8Array.of(1) } }],
    ["has a name that starts with AWS.", { "aWs.a": text("x") }],
    ["has a name that starts with Amazon.", { "AMAZON.a": text("x") }],
    ["has a name that starts with a period", { ".a": text("x") }],
    ["has a name that ends with a period", { "a.": text("x") }],
    ["has a name with two periods in a row", { "a..b": text("x") }],
    ["has a symbol in its name", { "a§": text("x") }],
    ["has a name that is too long", { ["a".repeat(257)]: text("x") }],
    [
      "is one of eleven",
      Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`a${i}`, text("x")])),
    ],
  ])("is rejected when an attribute %s", async (_, MessageAttributes) => {
    const { send } = await startQueue();

    await expect(send("x", { MessageAttributes })).rejects.toMatchObject({
      Code: "InvalidParameterValue",
    });
  });

  test("is rejected with the parameters of FIFO queues", async () => {
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
