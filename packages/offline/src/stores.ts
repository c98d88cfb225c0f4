import path from "node:path";

import { Dynamo } from "./dynamodb/index.ts";
import type { Authority } from "./edge/authority.ts";
import type { Faults } from "./edge/faults.ts";
import { OfflineError } from "./error.ts";
import type { Plan } from "./provision/index.ts";
import { S3Error } from "@waybill/s3";
import { openS3, type S3 } from "@waybill/s3";
import { SqsError } from "@waybill/sqs";
import { openSqs, type Sqs } from "@waybill/sqs";
import type { Graph } from "./synth/graph.ts";

/** The services of a stage that keep data. */
export interface Stores {
  s3: S3;
  sqs: Sqs;
  dynamo: Dynamo;
}

/** Opens what a stage keeps in `folder`. `closers` learns how to close what was opened, also if a later part fails. */
export async function openStores(
  folder: string,
  { region, accountId }: Graph,
  { authority, faults }: { authority: Authority; faults: Faults },
  closers: (() => unknown)[],
): Promise<Stores> {
  const sqs = openSqs({ dir: path.join(folder, "sqs"), region, accountId });
  closers.push(() => sqs.close());
  // Whoever held messages when the last process ended is gone with it.
  sqs.releaseInFlight();
  authority.followQueues((arn) => sqs.queueOf(arn.slice(arn.lastIndexOf(":") + 1))?.policy);
  const dynamo = new Dynamo(path.join(folder, "dynamodb"));
  closers.push(() => dynamo.close());
  const s3 = await openS3({
    dir: path.join(folder, "s3"),
    region,
    accountId,
    deliver: async (queueArn, body) => {
      requireSend(authority, bucketOf(body), queueArn, accountId);
      for (const delaySeconds of faults.forNotification()) sqs.send(queueArn, body, delaySeconds);
    },
  });
  closers.push(() => s3.close());
  return { s3, sqs, dynamo };
}

/**
 * Makes what the plan describes, and brings what exists to it; data stays.
 * @throws OfflineError `table.changed`; `notification.forbidden`, as S3 refuses a queue that it may not send to;
 * `provision.refused` for settings that the service refuses.
 */
export async function provision(
  { buckets, tables, queues }: Plan,
  { s3, sqs, dynamo }: Stores,
  authority: Authority,
  accountId: string,
): Promise<void> {
  for (const { name, attributes } of queues) {
    making(`queue ${name}`, () => sqs.ensureQueue(name, attributes));
  }
  for (const table of tables) await dynamo.ensureTable(table);
  for (const { name, settings } of buckets) {
    for (const { queueArn } of settings.notifications) {
      requireSend(authority, `arn:aws:s3:::${name}`, queueArn, accountId);
    }
    making(`bucket ${name}`, () => s3.ensureBucket(name, settings));
  }
}

function making(what: string, make: () => void): void {
  try {
    make();
  } catch (cause) {
    if (!(cause instanceof SqsError || cause instanceof S3Error)) throw cause;
    throw new OfflineError("provision.refused", `the ${what} cannot be made: ${cause.message}`, {
      cause,
    });
  }
}

function requireSend(authority: Authority, bucketArn: string, queueArn: string, accountId: string) {
  const refused = authority.refuses({ type: "service", service: "s3.amazonaws.com" }, [
    {
      action: "sqs:SendMessage",
      resource: queueArn,
      context: { "aws:SourceArn": bucketArn, "aws:SourceAccount": accountId },
    },
  ]);
  if (refused) {
    throw new OfflineError(
      "notification.forbidden",
      `S3 may not send the notifications of ${bucketArn} to ${queueArn}: its queue policy must allow ` +
        "sqs:SendMessage to s3.amazonaws.com for this bucket.",
    );
  }
}

/** The bucket that a notification, or the test of one, speaks of. */
function bucketOf(body: string): string {
  const { Bucket, Records } = JSON.parse(body) as {
    Bucket?: string;
    Records?: { s3: { bucket: { arn: string } } }[];
  };
  return Records?.[0]?.s3.bucket.arn ?? `arn:aws:s3:::${Bucket}`;
}
