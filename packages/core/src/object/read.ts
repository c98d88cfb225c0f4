import { HeadObjectCommand, type HeadObjectCommandOutput } from "@aws-sdk/client-s3";

import { s3 } from "../aws/s3.ts";
import { observe } from "../aws/observe.ts";
import { ServiceError } from "../error.ts";
import { describeObject } from "./description.ts";
import { answerOf } from "./no-description.ts";
import { isSkewed, readTime } from "./read-time.ts";
import { type Answer, readBy, type Reading, type ReadRequest } from "./reading.ts";

/**
 * Reads what S3 says about the current version of an object. Throws a `ServiceError` that can be retried
 * if S3 gives no final answer.
 */
export function readObject(
  { bucket, key, expected }: ReadRequest,
  abortSignal: AbortSignal,
): Promise<Reading> {
  return readBy(async ({ versionId, checksums }) => {
    const command = new HeadObjectCommand({
      Bucket: bucket,
      Key: key,
      VersionId: versionId,
      ChecksumMode: checksums ? "ENABLED" : undefined,
    });
    return request(command, abortSignal);
  }, expected);
}

async function request(command: HeadObjectCommand, abortSignal: AbortSignal): Promise<Reading> {
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
  };
}
