import { Agent } from "node:http";

import {
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

/** Requests at the same time: the engine writes those that arrive together in one transaction. */
const CONCURRENCY = 64;

/** An S3 client for many requests at a time. */
export const fastS3 = (): S3Client =>
  new S3Client({
    requestHandler: {
      httpAgent: new Agent({ keepAlive: true, maxSockets: CONCURRENCY, keepAliveMsecs: 60_000 }),
    },
  });

/** The nth key: in folders of ten thousand files, so that ranges can be split. */
export const keyOf = (n: number): string =>
  `data/${String(n % 100).padStart(2, "0")}/${Math.floor(n / 100)
    .toString(36)
    .padStart(5, "0")} ü.txt`;

/** Calls `work` for each number below `count`, many at a time. */
export async function forEach(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

/** Switches the notifications of a bucket off, so that its changes are lost events. */
export async function silence(s3: S3Client, Bucket: string): Promise<void> {
  await s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }),
  );
}

/** Puts objects with the keys of `keyOf`. */
export async function load(
  s3: S3Client,
  Bucket: string,
  count: number,
  onProgress: (done: number) => void,
): Promise<void> {
  await forEach(count, async (n) => {
    await s3.send(new PutObjectCommand({ Bucket, Key: keyOf(n), Body: String(n) }));
    if (n % 10_000 === 0) onProgress(n);
  });
}
