import { expect, test } from "vitest";

import { plan } from "../../../src/stack/plan.ts";
import { graphOf, queue, resource } from "../../graphs.ts";

test("plans the attributes of a queue by their names in SQS, with its attached policies", () => {
  const events = queue("events", {
    visibilityTimeoutSeconds: 360,
    delaySeconds: 0,
    redrivePolicy: { deadLetterTargetArn: "arn:dead", maxReceiveCount: 5 },
    messageRetentionSeconds: null,
  });
  const attached = [
    resource("aws:sqs/queuePolicy:QueuePolicy", "p", {
      inputs: { queueUrl: events.id, policy: '{"Statement":[]}' },
    }),
    resource("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "r", {
      inputs: { queueUrl: "another", redriveAllowPolicy: "{}" },
    }),
  ];

  expect(plan(graphOf([events, ...attached])).queues).toEqual([
    {
      name: "events",
      arn: "arn:aws:sqs:us-east-1:000000000000:events",
      url: events.id,
      attributes: {
        VisibilityTimeout: "360",
        DelaySeconds: "0",
        RedrivePolicy: '{"deadLetterTargetArn":"arn:dead","maxReceiveCount":5}',
        Policy: '{"Statement":[]}',
      },
    },
  ]);
});
