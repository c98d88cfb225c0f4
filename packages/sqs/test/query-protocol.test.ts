import { execFile } from "node:child_process";
import fs from "node:fs";
import { promisify } from "node:util";

import { XMLParser } from "fast-xml-parser";
import { describe, expect, test } from "vitest";

import { parseSqsRequest } from "../src/protocol.ts";
import { ACCOUNT, arnOf, startQueues } from "./fixture.ts";

const xml = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  ignoreAttributes: false,
  // Without it the parser leaves numeric character references as they are.
  htmlEntities: true,
});

/** A client of the older protocol, as bare as can be. */
async function startPlain() {
  const stage = await startQueues();
  const post = async (path: string, parameters: Record<string, string>) => {
    const response = await fetch(stage.endpoint + path, {
      method: "POST",
      body: new URLSearchParams({ Version: "2012-11-05", ...parameters }),
    });
    return { status: response.status, answer: xml.parse(await response.text()) };
  };
  return { ...stage, post };
}

describe("a request of the Query protocol", () => {
  test("is read into what the JSON protocol would have said", () => {
    const body = new URLSearchParams({
      Action: "SendMessageBatch",
      Version: "2012-11-05",
      QueueUrl: "http://x/1/q",
      "SendMessageBatchRequestEntry.2.Id": "b",
      "SendMessageBatchRequestEntry.2.MessageBody": "007",
      "SendMessageBatchRequestEntry.2.DelaySeconds": "7",
      "SendMessageBatchRequestEntry.1.Id": "a",
      "SendMessageBatchRequestEntry.1.MessageBody": "a+b &=é\n",
      "SendMessageBatchRequestEntry.1.MessageAttribute.1.Name": "__proto__",
      "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType": "Binary",
      "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.BinaryValue": "eA==",
      "SendMessageBatchRequestEntry.1.MessageSystemAttribute.1.Name": "AWSTraceHeader",
      "SendMessageBatchRequestEntry.1.MessageSystemAttribute.1.Value.DataType": "String",
      "SendMessageBatchRequestEntry.1.MessageSystemAttribute.1.Value.StringValue": "Root=1",
    });

    const parsed = parseSqsRequest(
      { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      "/",
      Buffer.from(body.toString()),
    );

    expect(parsed).toEqual({
      protocol: "query",
      operation: "SendMessageBatch",
      input: {
        QueueUrl: "http://x/1/q",
        Entries: [
          {
            Id: "a",
            MessageBody: "a+b &=é\n",
            MessageAttributes: Object.fromEntries([
              ["__proto__", { DataType: "Binary", BinaryValue: "eA==" }],
            ]),
            MessageSystemAttributes: {
              AWSTraceHeader: { DataType: "String", StringValue: "Root=1" },
            },
          },
          { Id: "b", MessageBody: "007", DelaySeconds: 7 },
        ],
      },
    });
  });

  test.each([
    ["lists", "AttributeName.1=All&AttributeName.2=Policy", { AttributeNames: ["All", "Policy"] }],
    ["a list of ten and more", list(11), { AttributeNames: numbers(11) }],
    ["a list of one without its number", "AttributeName=All", { AttributeNames: ["All"] }],
    [
      "maps",
      "Attribute.1.Name=Policy&Attribute.1.Value=&Attribute.2.Name=A&Attribute.2.Value=1",
      { Attributes: { Policy: "", A: "1" } },
    ],
    [
      "a map of one without its number",
      "Attribute.Name=VisibilityTimeout&Attribute.Value=5",
      { Attributes: { VisibilityTimeout: "5" } },
    ],
    ["tags", "Tag.1.Key=a&Tag.1.Value=b", { Tags: { a: "b" } }],
    [
      "numbers, and what should be one",
      "WaitTimeSeconds=-1&MaxResults=x",
      {
        WaitTimeSeconds: -1,
        MaxResults: "x",
      },
    ],
    ["signatures, which it leaves out", "X-Amz-Signature=a.b", {}],
  ])("may hold %s", (_, query, input) => {
    const parsed = parseSqsRequest({}, `/?Action=Anything&${query}`, Buffer.alloc(0));

    expect(parsed).toEqual({ protocol: "query", operation: "Anything", input });
  });

  test("may name the queue by its path", () => {
    const parsed = parseSqsRequest({}, `/${ACCOUNT}/q?Action=PurgeQueue`, Buffer.alloc(0));

    expect(parsed.input).toEqual({ QueueUrl: `/${ACCOUNT}/q` });
  });

  test.each([
    ["without an action", {}, "/", ""],
    ["with neither action nor target", { "content-type": "text/plain" }, "/", "x"],
    ["deeper than any parameter", {}, `/?Action=A&${"A.".repeat(100_000)}=1`, ""],
    ["whose JSON is broken", { "x-amz-target": "AmazonSQS.SendMessage" }, "/", "{"],
    ["whose JSON is no object", { "x-amz-target": "AmazonSQS.SendMessage" }, "/", "[]"],
  ])("%s is refused", (_, headers, url, body) => {
    expect(() => parseSqsRequest(headers, url, Buffer.from(body))).toThrow(
      expect.objectContaining({ name: "SqsError", status: 400 }),
    );
  });
});

describe("an answer of the Query protocol", () => {
  test("carries any text that a message can have", async () => {
    const { post, queues, make } = await startPlain();
    make("q");
    const body = `<a href="x">&amp;</a>\r\n\t]]> é🎉 '`;
    queues.sqs.send(arnOf("q"), body);

    const { answer } = await post(`/${ACCOUNT}/q`, {
      Action: "ReceiveMessage",
      "AttributeName.1": "ApproximateReceiveCount",
    });

    const { Message } = answer.ReceiveMessageResponse.ReceiveMessageResult;
    expect(Message.Body).toBe(body);
    expect(Message.Attribute).toEqual({ Name: "ApproximateReceiveCount", Value: "1" });
    expect(answer.ReceiveMessageResponse["@_xmlns"]).toBe(
      "http://queue.amazonaws.com/doc/2012-11-05/",
    );
    expect(answer.ReceiveMessageResponse.ResponseMetadata.RequestId).toBeTruthy();
  });

  test("to what gives nothing has no result", async () => {
    const { post, make } = await startPlain();
    make("q");

    const { status, answer } = await post(`/${ACCOUNT}/q`, { Action: "PurgeQueue" });

    expect(status).toBe(200);
    expect(Object.keys(answer.PurgeQueueResponse)).toEqual(["ResponseMetadata", "@_xmlns"]);
  });

  test("to a batch says what was done and what was not", async () => {
    const { post, make } = await startPlain();
    make("q");

    const { answer } = await post(`/${ACCOUNT}/q`, {
      Action: "SendMessageBatch",
      "SendMessageBatchRequestEntry.1.Id": "good",
      "SendMessageBatchRequestEntry.1.MessageBody": "x",
      "SendMessageBatchRequestEntry.2.Id": "bad",
      "SendMessageBatchRequestEntry.2.MessageBody": "x",
      "SendMessageBatchRequestEntry.2.DelaySeconds": "1000",
    });

    expect(answer.SendMessageBatchResponse.SendMessageBatchResult).toMatchObject({
      SendMessageBatchResultEntry: {
        Id: "good",
        MD5OfMessageBody: "9dd4e461268c8034f5c8564e155c67a6",
      },
      BatchResultErrorEntry: { Id: "bad", Code: "InvalidParameterValue", SenderFault: "true" },
    });
  });

  test("to a mistake has the code, the fault and the older words", async () => {
    const { post } = await startPlain();

    const missing = await post("/", { Action: "GetQueueUrl", QueueName: "none" });
    const unknown = await post("/", { Action: "Dance" });
    const wrong = await post("/", { Action: "ListQueues", MaxResults: "x" });

    expect(missing).toMatchObject({
      status: 400,
      answer: {
        ErrorResponse: {
          Error: {
            Type: "Sender",
            Code: "AWS.SimpleQueueService.NonExistentQueue",
            Message: "The specified queue does not exist for this wsdl version.",
          },
        },
      },
    });
    expect(unknown.answer.ErrorResponse.Error.Code).toBe("InvalidAction");
    expect(wrong.answer.ErrorResponse.Error.Code).toBe("MalformedInput");
  });
});

const AWS = "/usr/bin/aws";

describe.skipIf(!fs.existsSync(AWS))("Debian's awscli", () => {
  async function startCli() {
    const stage = await startQueues();
    const env = {
      PATH: process.env["PATH"] ?? "",
      HOME: "/nonexistent",
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "example",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_MAX_ATTEMPTS: "1",
    };
    const aws = async (...args: string[]) => {
      const all = ["--endpoint-url", stage.endpoint, "--no-cli-pager", "sqs", ...args];
      const { stdout } = await promisify(execFile)(AWS, all, { env });
      return stdout === "" ? undefined : JSON.parse(stdout);
    };
    return { ...stage, aws };
  }

  test("makes a queue, sends, receives and deletes", async () => {
    const { aws, queues, urlOf } = await startCli();
    const url = ["--queue-url", urlOf("q")];
    const attributes = JSON.stringify({
      text: { DataType: "String", StringValue: "v" },
      bytes: { DataType: "Binary", BinaryValue: Buffer.of(0, 255).toString("base64") },
    });

    expect(
      await aws("create-queue", "--queue-name", "q", "--attributes", "VisibilityTimeout=60"),
    ).toEqual({ QueueUrl: urlOf("q") });
    const message = ["--message-body", 'a\n<b> & "c"\r', "--message-attributes", attributes];
    const sent = await aws("send-message", ...url, ...message);
    const wanted = ["--attribute-names", "All", "--message-attribute-names", "All"];
    const { Messages } = await aws(
      "receive-message",
      ...url,
      ...wanted,
      "--wait-time-seconds",
      "5",
    );

    expect(Messages).toMatchObject([
      {
        MessageId: sent.MessageId,
        Body: 'a\n<b> & "c"\r',
        Attributes: { ApproximateReceiveCount: "1", SenderId: ACCOUNT },
        MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
        MessageAttributes: JSON.parse(attributes),
      },
    ]);

    expect(queues.sqs.depth(arnOf("q"))).toMatchObject({ inFlight: 1 });
    await aws("delete-message", ...url, "--receipt-handle", Messages[0].ReceiptHandle);
    expect(queues.sqs.depth(arnOf("q"))).toMatchObject({ visible: 0, inFlight: 0 });
  });

  test("works in batches, reads attributes and understands refusals", async () => {
    const { aws, make } = await startCli();
    const url = ["--queue-url", make("q", { DelaySeconds: "3" })];

    const entries = JSON.stringify([
      { Id: "a", MessageBody: "1", DelaySeconds: 0 },
      { Id: "b", MessageBody: "2" },
      { Id: "c", MessageBody: "3", DelaySeconds: 901 },
    ]);
    const [sent] = await Promise.all([
      aws("send-message-batch", ...url, "--entries", entries),
      expect(aws("get-queue-url", "--queue-name", "none")).rejects.toMatchObject({
        stderr: expect.stringContaining("(AWS.SimpleQueueService.NonExistentQueue)"),
      }),
    ]);
    const { Attributes } = await aws("get-queue-attributes", ...url, "--attribute-names", "All");

    expect(sent.Successful.map(({ Id }: { Id: string }) => Id)).toEqual(["a", "b"]);
    expect(sent.Failed).toMatchObject([{ Id: "c", Code: "InvalidParameterValue" }]);
    expect(Attributes).toMatchObject({
      QueueArn: arnOf("q"),
      ApproximateNumberOfMessages: "1",
      ApproximateNumberOfMessagesDelayed: "1",
    });
  });

  test("lists queues and tags", async () => {
    const { aws, make, urlOf } = await startCli();
    const url = ["--queue-url", make("q-2")];
    make("q-1");
    make("other");

    await aws("tag-queue", ...url, "--tags", "a=1,b=");

    const [tags, queues] = await Promise.all([
      aws("list-queue-tags", ...url),
      aws("list-queues", "--queue-name-prefix", "q-"),
    ]);

    expect(tags).toEqual({ Tags: { a: "1", b: "" } });
    expect(queues).toEqual({ QueueUrls: [urlOf("q-1"), urlOf("q-2")] });
  });
});

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i + 1));
}

function list(count: number): string {
  return numbers(count)
    .map((i) => `AttributeName.${i}=${i}`)
    .join("&");
}
