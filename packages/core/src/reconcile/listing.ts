import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";

import { call } from "../aws/call.ts";
import { s3 } from "../aws/s3.ts";
import { compareBytes } from "../catalog/byte-order.ts";
import { ServiceError } from "../error.ts";
import { decodeKey } from "../notification/key.ts";
import { filesBucket } from "../resource.ts";
import type { ListedObject } from "./difference.ts";
import type { KeyRange } from "./range.ts";
import { retrying } from "./retry.ts";
import type { Usage } from "./usage.ts";

/**
 * The current objects of the bucket in a range of keys, in pages; the next page is requested while one is
 * used. Throws a `ServiceError` (`reconcile.list_failed`) if a page cannot be read; the listing is
 * incomplete then.
 */
export async function* listObjects(
  { prefix, after, until }: KeyRange,
  usage: Usage,
  signal: AbortSignal,
): AsyncGenerator<readonly ListedObject[]> {
  const read = (token: string | undefined): Promise<ListObjectsV2CommandOutput> =>
    retrying(() => {
      usage.lists += 1;
      return request(prefix, token === undefined ? after : undefined, token, signal);
    }, signal);
  let next: Promise<ListObjectsV2CommandOutput> | undefined = read(undefined);
  while (next !== undefined) {
    const page: ListObjectsV2CommandOutput = await next;
    const { Contents = [], NextContinuationToken, IsTruncated } = page;
    const listed = Contents.map(describe);
    const last = listed.at(-1);
    const isPast = until !== undefined && last && compareBytes(last.key, until) >= 0;
    next = IsTruncated && !isPast ? read(NextContinuationToken) : undefined;
    // The awaiter handles the error; an abandoned listing ignores it.
    next?.catch(() => undefined);
    yield isPast ? listed.filter(({ key }) => compareBytes(key, until) <= 0) : listed;
  }
}

function request(
  prefix: string,
  after: string | undefined,
  token: string | undefined,
  abortSignal: AbortSignal,
): Promise<ListObjectsV2CommandOutput> {
  const command = new ListObjectsV2Command({
    Bucket: filesBucket(),
    Prefix: prefix || undefined,
    StartAfter: after || undefined,
    ContinuationToken: token,
    // XML cannot contain some characters that a key can.
    EncodingType: "url",
  });
  return call(
    s3.send(command, { abortSignal }),
    "reconcile.list_failed",
    "Could not list the objects of the bucket.",
  );
}

function describe({
  Key,
  Size,
  ETag,
  LastModified,
  StorageClass = "STANDARD",
}: NonNullable<ListObjectsV2CommandOutput["Contents"]>[number]): ListedObject {
  if (Key === undefined || Size === undefined || ETag === undefined || LastModified === undefined) {
    throw new ServiceError("reconcile.bad_answer", "S3 listed an object without its description.", {
      retry: true,
    });
  }
  return {
    key: decodeKey(Key),
    size: Size,
    etag: ETag.replaceAll('"', ""),
    lastModified: LastModified.toISOString(),
    storageClass: StorageClass,
  };
}
