import { XMLParser } from "fast-xml-parser";
import { describe, expect, test } from "vitest";

import { parseSqsRequest } from "../src/protocol.ts";
import { ACCOUNT, arnOf, startQueues } from "./fixture.ts";

const xml = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  ignoreAttributes: false,
  // Without it the parser does not decode numeric character references.
  htmlEntities: true,
});

/** Starts queues and a minimal client of the Query protocol. */
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
  test("is parsed to the input of the JSON protocol", () => {
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
    ["a list of more than nine", list(11), { AttributeNames: numbers(11) }],
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
      "numbers, and text in place of a number",
      "WaitTimeSeconds=-1&MaxResults=x",
      {
        WaitTimeSeconds: -1,
        MaxResults: "x",
      },
    ],
    ["the parameters of a signature, which are ignored", "X-Amz-Signature=a.b", {}],
  ])("can contain %s", (_, query, input) => {
    const parsed = parseSqsRequest({}, `/?Action=Anything&${query}`, Buffer.alloc(0));

    expect(parsed).toEqual({ protocol: "query", operation: "Anything", input });
  });

  test("can name the queue by its path", () => {
    const parsed = parseSqsRequest({}, `/${ACCOUNT}/q?Action=PurgeQueue`, Buffer.alloc(0));

    expect(parsed.input).toEqual({ QueueUrl: `/${ACCOUNT}/q` });
  });

  test.each([
    ["without an action", {}, "/", ""],
    ["with neither action nor target", { "content-type": "text/plain" }, "/", "x"],
    ["with too many levels", {}, `/?Action=A&${"A.".repeat(100_000)}=1`, ""],
    ["with malformed JSON", { "x-amz-target": "AmazonSQS.SendMessage" }, "/", "{"],
    ["with JSON that is not an object", { "x-amz-target": "AmazonSQS.SendMessage" }, "/", "[]"],
  ])("%s is rejected", (_, headers, url, body) => {
    expect(() => parseSqsRequest(headers, url, Buffer.from(body))).toThrow(
      expect.objectContaining({ name: "SqsError", status: 400 }),
    );
  });
});

describe("a response of the Query protocol", () => {
  test("contains any text that a message can have", async () => {
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

  test("to an operation without a result has only metadata", async () => {
    const { post, make } = await startPlain();
    make("q");

    const { status, answer } = await post(`/${ACCOUNT}/q`, { Action: "PurgeQueue" });

    expect(status).toBe(200);
    expect(Object.keys(answer.PurgeQueueResponse)).toEqual(["ResponseMetadata", "@_xmlns"]);
  });

  test("to a batch lists successful and failed entries", async () => {
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

  test("to an error has the code, the fault and the older message", async () => {
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

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i + 1));
}

function list(count: number): string {
  return numbers(count)
    .map((i) => `AttributeName.${i}=${i}`)
    .join("&");
}
