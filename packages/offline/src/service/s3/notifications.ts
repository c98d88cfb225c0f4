import type { Sqs } from "@waybill/sqs";

import type { Authority } from "../../edge/authority.ts";
import type { Faults } from "../../edge/faults.ts";
import { OfflineError } from "../../ground/error.ts";

/** Sends notifications of buckets to queues, if the queue policies allow it to S3. */
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

  /**
   * Throws `OfflineError` (`notification.forbidden`) if the bucket may not send to the queue. S3
   * also rejects such a configuration.
   */
  checkAllowed(bucketArn: string, queueArn: string): void {
    const { authority, accountId } = this.#options;
    const denial = authority.denialFor({ type: "service", service: "s3.amazonaws.com" }, [
      {
        action: "sqs:SendMessage",
        resource: queueArn,
        context: { "aws:SourceArn": bucketArn, "aws:SourceAccount": accountId },
      },
    ]);
    if (denial !== undefined) {
      throw new OfflineError(
        "notification.forbidden",
        `S3 may not send the notifications of ${bucketArn} to ${queueArn}: its queue policy must allow ` +
          "sqs:SendMessage to s3.amazonaws.com for this bucket.",
      );
    }
  }
}

/** Returns the ARN of the bucket of a notification or a test event. */
function bucketOf(body: string): string {
  const { Bucket, Records } = JSON.parse(body) as {
    Bucket?: string;
    Records?: { s3: { bucket: { arn: string } } }[];
  };
  return Records?.[0]?.s3.bucket.arn ?? `arn:aws:s3:::${Bucket}`;
}
