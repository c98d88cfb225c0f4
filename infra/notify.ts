import { NOTIFIED, NOTIFIED_WITH_TAGS } from "../packages/core/src/subscribed-events.ts";

import { checkEventBridge, replaceable } from "./adopted.ts";
import { events } from "./events.ts";
import { files } from "./files.ts";
import { rule } from "./rule.ts";
import { type ExistingBucket, settings } from "./stage.ts";

/** Allows one source to send messages to the queue of events. */
const maySend = (sid: string, service: string, sourceArn: $util.Input<string>) =>
  aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        sid,
        effect: "Allow",
        principals: [{ type: "Service", identifiers: [service] }],
        actions: ["sqs:SendMessage"],
        resources: [events.arn],
        conditions: [
          { test: "ArnEquals", variable: "aws:SourceArn", values: [sourceArn] },
          {
            test: "StringEquals",
            variable: "aws:SourceAccount",
            values: [aws.getCallerIdentityOutput().accountId],
          },
        ],
      },
    ],
  }).json;

/** S3's own notifications: the bucket sends them to the queue. */
function notify(bucket: ExistingBucket | undefined): void {
  // `bucket.notify` creates a queue policy that allows S3, SNS and EventBridge of any account to send
  // messages, and has no transform for it.
  $transform(aws.sqs.QueuePolicy, (args) => {
    args.policy = maySend("FilesMaySend", "s3.amazonaws.com", files.arn);
  });
  files.notify({
    transform: {
      notification: (args) => {
        if (bucket !== undefined) args.bucket = replaceable(bucket);
      },
    },
    notifications: [
      {
        name: "Events",
        queue: events,
        events: [...(settings.tags ? NOTIFIED_WITH_TAGS : NOTIFIED)],
      },
    ],
  });
}

/** A rule of EventBridge sends the events to the queue, which changes nothing of the bucket. */
function followEventBridge({ arn, name }: aws.cloudwatch.EventRule): void {
  new aws.sqs.QueuePolicy("EventsPolicy", {
    queueUrl: events.url,
    policy: maySend("FilesRuleMaySend", "events.amazonaws.com", arn),
  });
  new aws.cloudwatch.EventTarget("FilesTarget", { rule: name, arn: events.arn });
}

const { existingBucket } = settings;
if (existingBucket && rule) {
  checkEventBridge(existingBucket);
  followEventBridge(rule);
} else notify(existingBucket);
