import { checkEventBridge, replaceable } from "./adopted.ts";
import { events } from "./events.ts";
import { files } from "./files.ts";
import { type ExistingBucket, named, settings } from "./stage.ts";

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
        events: [
          "s3:ObjectCreated:*",
          "s3:ObjectRemoved:*",
          "s3:LifecycleExpiration:*",
          "s3:ObjectRestore:*",
          "s3:LifecycleTransition",
          "s3:IntelligentTiering",
          ...(settings.tags ? (["s3:ObjectTagging:*"] as const) : []),
        ],
      },
    ],
  });
}

/** A rule of EventBridge, which changes nothing of the bucket. The same events as those of `notify`. */
function followEventBridge(): void {
  const rule = new aws.cloudwatch.EventRule("FilesRule", {
    name: named("files"),
    description: "Object events of the bucket, for the queue of events.",
    eventPattern: $jsonStringify({
      source: ["aws.s3"],
      "detail-type": [
        "Object Created",
        "Object Deleted",
        "Object Restore Initiated",
        "Object Restore Completed",
        "Object Restore Expired",
        "Object Storage Class Changed",
        "Object Access Tier Changed",
        ...(settings.tags ? ["Object Tags Added", "Object Tags Deleted"] : []),
      ],
      detail: { bucket: { name: [files.name] } },
    }),
  });
  new aws.sqs.QueuePolicy("EventsPolicy", {
    queueUrl: events.url,
    policy: maySend("FilesRuleMaySend", "events.amazonaws.com", rule.arn),
  });
  new aws.cloudwatch.EventTarget("FilesTarget", { rule: rule.name, arn: events.arn });
}

const { existingBucket } = settings;
if (existingBucket?.events === "eventbridge") {
  checkEventBridge(existingBucket);
  followEventBridge();
} else notify(existingBucket);
