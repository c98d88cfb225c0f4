import { HeadObjectCommand, type HeadObjectCommandOutput } from "@aws-sdk/client-s3";

import { s3 } from "../aws/s3.ts";
import { ServiceError } from "../error.ts";
import { describeObject, type ObjectDescription } from "./description.ts";
import { type Refusal, refusalOf } from "./refusal.ts";

/** Which object to describe. */
export interface ReadRequest {
  readonly bucket: string;
  readonly key: string;
  /** The current version, where there is none. */
  readonly versionId?: string | undefined;
  /**
   * Which is more likely, and so which way takes one request: that the object is there, or that it
   * is gone.
   */
  readonly expected: "present" | "gone";
}

/** What S3 said: the object, or why there is none to describe. */
export type Reading =
  | { readonly found: true; readonly object: ObjectDescription }
  | { readonly found: false; readonly reason: Refusal };

/**
 * Asks S3 what it knows about an object.
 *
 * One request as a rule. Checksums of an object encrypted with a KMS key need the use of that key
 * (Amazon S3 API Reference, HeadObject, ChecksumMode); without it S3 answers 403, so a 403 is
 * confirmed by a second request that does not ask for them.
 *
 * Throws a `ServiceError` that can be retried if S3 gave no final answer.
 */
export async function readObject(request: ReadRequest, signal: AbortSignal): Promise<Reading> {
  if (request.expected === "present") {
    const reading = await head(request, "checksums", signal);
    if (reading.found || reading.reason !== "forbidden_or_gone") return reading;
    return head(request, "plain", signal);
  }
  const reading = await head(request, "plain", signal);
  if (!reading.found || reading.object.encryption?.kmsKeyId !== undefined) return reading;
  const { versionId } = reading.object;
  const again = await head({ ...request, versionId }, "checksums", signal);
  return again.found ? again : reading;
}

/**
 * The version id to read by. The `null` version is read as the current one: it can be overwritten
 * in place, so its id pins nothing, and S3 was seen to refuse it after versioning was switched.
 */
function pin(versionId: string | undefined): string | undefined {
  return versionId === "null" ? undefined : versionId;
}

async function head(
  { bucket, key, versionId }: Pick<ReadRequest, "bucket" | "key" | "versionId">,
  mode: "checksums" | "plain",
  abortSignal: AbortSignal,
): Promise<Reading> {
  const command = new HeadObjectCommand({
    Bucket: bucket,
    Key: key,
    VersionId: pin(versionId),
    ChecksumMode: mode === "checksums" ? "ENABLED" : undefined,
  });
  let output: HeadObjectCommandOutput;
  try {
    output = await s3.send(command, { abortSignal });
  } catch (error) {
    const reason = refusalOf(error);
    if (reason) return { found: false, reason };
    throw new ServiceError("object.read_failed", "S3 did not answer for the object.", {
      retry: true,
      cause: error,
    });
  }
  return { found: true, object: describeObject(output) };
}
