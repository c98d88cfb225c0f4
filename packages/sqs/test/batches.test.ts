import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
} from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";

import { startQueue } from "./queue.ts";

describe("a batch", () => {
  test("succeeds or fails by entry", async () => {
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
  ])("is rejected as a whole with %s", async (name, ids) => {
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

  test("is limited to one mebibyte in total", async () => {
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
