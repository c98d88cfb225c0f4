import { expect, test } from "vitest";

import { graphOf, only, statements, text } from "./graph.ts";

const graph = graphOf("dev");
const bucket = only(graph, "aws:s3/bucketV2:BucketV2");
const events = only(graph, "aws:sqs/queue:Queue", "EventsQueue");
const deadEvents = only(graph, "aws:sqs/queue:Queue", "DeadEventsQueue");
const DAY = 86_400;

test("only S3 may send to the queue, for this bucket of this account", () => {
  expect(statements(only(graph, "aws:sqs/queuePolicy:QueuePolicy").inputs["policy"])).toEqual([
    {
      Sid: "FilesMaySend",
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: events.state["arn"],
      Condition: {
        ArnEquals: { "aws:SourceArn": bucket.state["arn"] },
        StringEquals: { "aws:SourceAccount": graph.accountId },
      },
    },
  ]);
});

test("an event becomes a dead letter after five receives", () => {
  expect(JSON.parse(text(events.inputs["redrivePolicy"]))).toEqual({
    deadLetterTargetArn: deadEvents.state["arn"],
    maxReceiveCount: 5,
  });
});

test("the dead-letter queue keeps messages for 14 days, longer than the queue", () => {
  expect(deadEvents.inputs["messageRetentionSeconds"]).toBe(14 * DAY);
  expect(Number(events.inputs["messageRetentionSeconds"])).toBeLessThan(14 * DAY);
});

test("the dead-letter queue accepts dead letters of the queue of events only", () => {
  const { inputs } = only(graph, "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy");
  expect(inputs["queueUrl"]).toBe(deadEvents.id);
  expect(JSON.parse(text(inputs["redriveAllowPolicy"]))).toEqual({
    redrivePermission: "byQueue",
    sourceQueueArns: [events.state["arn"]],
  });
});

test("the visibility timeout is at least six times the timeout of the function", () => {
  const { inputs } = only(graph, "aws:lambda/function:Function", /^EventsSubscriber/);
  expect(Number(events.inputs["visibilityTimeoutSeconds"])).toBeGreaterThanOrEqual(
    6 * Number(inputs["timeout"]),
  );
});
