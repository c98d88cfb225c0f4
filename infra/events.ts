import { DEAD_LETTER_RETENTION_DAYS, EVENT_RETENTION_DAYS } from "../packages/core/src/limits.ts";

import { INGEST_TIMEOUT_SECONDS } from "./stage.ts";

const DAY_SECONDS = 24 * 60 * 60;

/** The dead-letter queue: events that could not be processed. It keeps messages longer than its source. */
export const deadEvents = new sst.aws.Queue("DeadEvents", {
  transform: {
    queue: (args) => {
      args.messageRetentionSeconds = DEAD_LETTER_RETENTION_DAYS * DAY_SECONDS;
    },
  },
});

/** S3's object events for the ingest function. */
export const events = new sst.aws.Queue("Events", {
  // Lambda's documentation recommends at least six times the function's timeout.
  visibilityTimeout: `${6 * INGEST_TIMEOUT_SECONDS} seconds`,
  dlq: { queue: deadEvents.arn, retry: 5 },
  transform: {
    queue: (args) => {
      args.messageRetentionSeconds = EVENT_RETENTION_DAYS * DAY_SECONDS;
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
