import { files } from "./files.ts";
import { INGEST_TIMEOUT_SECONDS } from "./stage.ts";

const DAY = 24 * 60 * 60;

/** Where an event ends that could not be processed: kept longer than the queue it came from. */
export const deadEvents = new sst.aws.Queue("DeadEvents", {
  transform: {
    queue: (args) => {
      args.messageRetentionSeconds = 14 * DAY;
    },
  },
});

/** S3's object events, on their way to the ingest function. */
export const events = new sst.aws.Queue("Events", {
  // Lambda's documentation asks for at least six times the function's timeout.
  visibilityTimeout: `${6 * INGEST_TIMEOUT_SECONDS} seconds`,
  dlq: { queue: deadEvents.arn, retry: 5 },
  transform: {
    queue: (args) => {
      args.messageRetentionSeconds = 4 * DAY;
    },
  },
});

new aws.sqs.RedriveAllowPolicy("DeadEventsRedriveAllowPolicy", {
  queueUrl: deadEvents.url,
  redriveAllowPolicy: $jsonStringify({
    redrivePermission: "byQueue",
    sourceQueueArns: [events.arn],
  }),
});

// `bucket.notify` writes a policy that lets all of S3, SNS and EventBridge, of any account, send to
// the queue, and has no transform for it.
$transform(aws.sqs.QueuePolicy, (args) => {
  args.policy = aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        sid: "FilesMaySend",
        effect: "Allow",
        principals: [{ type: "Service", identifiers: ["s3.amazonaws.com"] }],
        actions: ["sqs:SendMessage"],
        resources: [events.arn],
        conditions: [
          { test: "ArnEquals", variable: "aws:SourceArn", values: [files.arn] },
          {
            test: "StringEquals",
            variable: "aws:SourceAccount",
            values: [aws.getCallerIdentityOutput().accountId],
          },
        ],
      },
    ],
  }).json;
});
