import {
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
} from "@aws-sdk/client-s3";

import { s3 } from "../aws/s3.ts";
import { observe } from "../aws/observe.ts";
import { ServiceError } from "../error.ts";
import { describeObject } from "./description.ts";
import { answerOf } from "./no-description.ts";
import { isSkewed, readTime } from "./read-time.ts";
import { type Answer, readBy, type Reading, type ReadRequest } from "./reading.ts";

export interface ReadOptions {
  /** Whether to read the tags too. */
  readonly tags: boolean;
  /** Called for each request to S3; not for the retries of the SDK. */
  readonly onRequest?: () => void;
}

/**
 * Reads what S3 says about the current version of an object. Throws a `ServiceError` that can be retried
 * if S3 gives no final answer.
 */
export function readObject(
  { bucket, key, expected }: ReadRequest,
  { tags, onRequest = () => undefined }: ReadOptions,
  abortSignal: AbortSignal,
): Promise<Reading> {
  return readBy(async ({ versionId, checksums }) => {
    onRequest();
    const command = new HeadObjectCommand({
      Bucket: bucket,
      Key: key,
      VersionId: versionId,
      ChecksumMode: checksums ? "ENABLED" : undefined,
    });
    const reading = await request(command, abortSignal);
    // The tags of a version that is named by its id need another permission; `readBy` knows them already.
    if (!tags || versionId !== undefined) return reading;
    if (reading.tagCount > 0) onRequest();
    return withTags(reading, { bucket, key }, abortSignal);
  }, expected);
}

/**
 * Adds the tags of an object, which are read only if S3 reports some (header `x-amz-tagging-count`). They can be
 * those of a later version or of a later time than the description; the event of that change follows.
 */
async function withTags(
  { tagCount, ...reading }: Described,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  abortSignal: AbortSignal,
): Promise<Reading> {
  if (reading.answer.kind !== "object") return reading;
  const tags = tagCount > 0 ? await readTags(bucket, key, abortSignal) : {};
  return { ...reading, answer: { kind: "object", object: { ...reading.answer.object, tags } } };
}

/** The tags of the current version; undefined if there is none any more. */
async function readTags(
  bucket: string,
  key: string,
  abortSignal: AbortSignal,
): Promise<Record<string, string> | undefined> {
  const command = new GetObjectTaggingCommand({ Bucket: bucket, Key: key });
  try {
    const { TagSet = [] } = await s3.send(command, { abortSignal });
    return Object.fromEntries(TagSet.map(({ Key = "", Value = "" }) => [Key, Value]));
  } catch (error) {
    // S3 reports the number of tags only to a caller that may read them, so the object is gone.
    const kind = answerOf(error)?.kind;
    if (kind === "gone" || kind === "ambiguous") return undefined;
    throw new ServiceError("object.tags_failed", "Could not read the object's tags from S3.", {
      retry: true,
      cause: error,
    });
  }
}

/** A reading and the number of tags that S3 reports. */
type Described = Reading & { readonly tagCount: number };

async function request(command: HeadObjectCommand, abortSignal: AbortSignal): Promise<Described> {
  const observed = observe(command);
  let answer: Answer | undefined;
  let output: HeadObjectCommandOutput | undefined;
  try {
    output = await s3.send(command, { abortSignal });
  } catch (error) {
    answer = answerOf(error);
    if (answer === undefined) {
      throw new ServiceError(
        "object.read_failed",
        "Could not read the object's description from S3.",
        { retry: true, cause: error },
      );
    }
  }
  const response = observed();
  if (response?.date === undefined) {
    throw new ServiceError("object.bad_answer", "S3 answered without a Date header.", {
      retry: true,
    });
  }
  const times = { ...response, date: response.date };
  return {
    answer: answer ?? { kind: "object", object: describeObject(output ?? {}, response.headers) },
    readAt: readTime(times).toISOString(),
    clockSkew: isSkewed(times),
    tagCount: Number(response.headers["x-amz-tagging-count"] ?? 0),
  };
}
