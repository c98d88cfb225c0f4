import type { Sqs } from "@waybill/sqs";

import type { Authority } from "../../edge/authority.ts";
import type { Faults } from "../../edge/faults.ts";
import { OfflineError } from "../../ground/error.ts";

/** Sends the notifications of buckets to queues, as S3 with its own authority. */
export class Notifications {
  readonly #options: { authority: Authority; faults: Faults; queues: Sqs; accountId: string };

  constructor(options: { authority: Authority; faults: Faults; queues: Sqs; accountId: string }) {
    this.#options = options;
  }

  deliver(queueArn: string, body: string): void {
    const { faults, queues } = this.#options;
    this.checkAllowed(bucketOf(body), queueArn);
    for (const delaySeconds of faults.forNotification()) queues.send(queueArn, body, delaySeconds);
  }

  /** Throws `OfflineError` (`notification.forbidden`) if S3 may not send to the queue: S3 rejects such a configuration. */
  checkAllowed(bucketArn: string, queueArn: string): void {
    const { authority, accountId } = this.#options;
    const denied = authority.deny({ type: "service", service: "s3.amazonaws.com" }, [
      {
        action: "sqs:SendMessage",
        resource: queueArn,
        context: { "aws:SourceArn": bucketArn, "aws:SourceAccount": accountId },
      },
    ]);
    if (denied) {
      throw new OfflineError(
        "notification.forbidden",
        `S3 may not send the notifications of ${bucketArn} to ${queueArn}: its queue policy must allow ` +
          "sqs:SendMessage to s3.amazonaws.com for this bucket.",
      );
    }
  }
}

/** The ARN of the bucket that a notification, or a test event, is about. */
function bucketOf(body: string): string {
  const { Bucket, Records } = JSON.parse(body) as {
    Bucket?: string;
    Records?: { s3: { bucket: { arn: string } } }[];
  };
  return Records?.[0]?.s3.bucket.arn ?? `arn:aws:s3:::${Bucket}`;
}
