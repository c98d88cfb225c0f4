import { HeadObjectCommand, type HeadObjectCommandOutput } from "@aws-sdk/client-s3";

import { s3 } from "../aws/s3.ts";
import { ServiceError } from "../error.ts";
import { describeObject } from "./description.ts";
import { readBy, type Reading, type ReadRequest } from "./reading.ts";
import { unreadableReasonOf } from "./unreadable-reason.ts";

/** Reads the description of an object from S3. Throws a `ServiceError` that can be retried if S3 gives no final answer. */
export function readObject(request: ReadRequest, abortSignal: AbortSignal): Promise<Reading> {
  const { bucket, key } = request;
  return readBy(async ({ versionId }, mode) => {
    const command = new HeadObjectCommand({
      Bucket: bucket,
      Key: key,
      VersionId: versionId,
      ChecksumMode: mode === "checksums" ? "ENABLED" : undefined,
    });
    let output: HeadObjectCommandOutput;
    try {
      output = await s3.send(command, { abortSignal });
    } catch (error) {
      const reason = unreadableReasonOf(error);
      if (reason) return { found: false, reason };
      throw new ServiceError(
        "object.read_failed",
        "Could not read the object's description from S3.",
        {
          retry: true,
          cause: error,
        },
      );
    }
    return { found: true, object: describeObject(output) };
  }, request);
}
