import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
} from "@aws-sdk/client-s3";

import { call } from "../aws/call.ts";
import { type Observed, observe } from "../aws/observe.ts";
import { s3 } from "../aws/s3.ts";
import { compareBytes } from "../catalog/byte-order.ts";
import { ServiceError } from "../error.ts";
import { decodeKey } from "../notification/key.ts";
import { filesBucket } from "../resource.ts";
import type { ListedObject } from "./difference.ts";
import type { KeyRange } from "./range.ts";
import { retrying } from "./retry.ts";
import type { Usage } from "./usage.ts";

const LIST_FAILED = ["reconcile.list_failed", "Could not list the objects of the bucket."] as const;

/**
 * The current objects of the bucket in a range of keys, in pages; the next page is requested while one is
 * used. Throws a `ServiceError` (`reconcile.list_failed`) if a page cannot be read; the listing is
 * incomplete then. `onStart` gets a time by S3's clock that is before the listing was made, and before it
 * by no more than the first request took and a second.
 */
export async function* listObjects(
  { prefix, after, until }: KeyRange,
  usage: Usage,
  signal: AbortSignal,
  onStart: (time: Date) => void = () => {},
): AsyncGenerator<readonly ListedObject[]> {
  const read = (token: string | undefined): Promise<ListObjectsV2CommandOutput> =>
    retrying(() => {
      usage.lists += 1;
      const isFirst = token === undefined;
      return request(prefix, isFirst ? after : undefined, token, signal, isFirst && onStart);
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

async function request(
  prefix: string,
  after: string | undefined,
  token: string | undefined,
  abortSignal: AbortSignal,
  onStart: ((time: Date) => void) | false,
): Promise<ListObjectsV2CommandOutput> {
  const command = listCommand(prefix, after, { ContinuationToken: token });
  const observed = observe(command);
  const page = await call(s3.send(command, { abortSignal }), ...LIST_FAILED);
  const response = observed();
  if (onStart && response) onStart(startOf(response));
  return page;
}

/** The first key of the bucket in a prefix after a key; undefined if there is none. Throws as `listObjects` does. */
export async function firstKeyAfter(prefix: string, after: string): Promise<string | undefined> {
  const { Contents: [first] = [] } = await call(
    s3.send(listCommand(prefix, after, { MaxKeys: 1 })),
    ...LIST_FAILED,
  );
  return first?.Key === undefined ? undefined : decodeKey(first.Key);
}

const listCommand = (
  prefix: string,
  after: string | undefined,
  more: Pick<ListObjectsV2CommandInput, "ContinuationToken" | "MaxKeys">,
): ListObjectsV2Command =>
  new ListObjectsV2Command({
    Bucket: filesBucket(),
    Prefix: prefix || undefined,
    StartAfter: after || undefined,
    // XML cannot contain some characters that a key can.
    EncodingType: "url",
    ...more,
  });

/** A time before S3 made a response, by its clock: the clock of this process can be wrong. */
function startOf({ date, sent, received }: Observed): Date {
  return new Date((date ?? received) - (received - sent));
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
