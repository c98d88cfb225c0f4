import { expect, test } from "vitest";

import { foreignReceivers } from "../foreign.ts";

const OWN = "waybill-alice-EventsQueue-";
const queue = (name: string) => ({ queueArn: `arn:aws:sqs:us-east-1:111122223333:${name}` });

test("a bucket without notifications, or that notifies only the queue of the stage, has no foreign receivers", () => {
  expect(foreignReceivers({}, OWN)).toEqual([]);
  expect(foreignReceivers({ queues: [queue(`${OWN}abcdefgh`)] }, OWN)).toEqual([]);
});

test("queues of others and of other stages, topics and functions are foreign", () => {
  const topicArn = "arn:aws:sns:us-east-1:111122223333:thumbnails";
  const lambdaFunctionArn = "arn:aws:lambda:us-east-1:111122223333:function:resize";
  const receivers = {
    queues: [queue("jobs"), queue("waybill-bob-EventsQueue-abcdefgh"), queue(`${OWN}abcdefgh`)],
    topics: [{ topicArn }],
    lambdaFunctions: [{ lambdaFunctionArn }, {}],
  };
  expect(foreignReceivers(receivers, OWN)).toEqual([
    "arn:aws:sqs:us-east-1:111122223333:jobs",
    "arn:aws:sqs:us-east-1:111122223333:waybill-bob-EventsQueue-abcdefgh",
    topicArn,
    lambdaFunctionArn,
    "a function",
  ]);
});
