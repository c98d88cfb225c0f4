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
   * `always`: the first request asks for checksums. `found`: only once the object is known to be
   * there, which is the cheaper way where it probably is not. `never`: they are not wanted.
   */
  readonly checksums: "always" | "found" | "never";
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
  const { checksums } = request;
  if (checksums === "always") {
    const reading = await head(request, true, signal);
    if (reading.found || reading.reason !== "forbidden_or_gone") return reading;
    return head(request, false, signal);
  }
  const reading = await head(request, false, signal);
  if (checksums === "never" || !reading.found || reading.object.encryption?.kmsKeyId)
    return reading;
  const { versionId } = reading.object;
  const again = await head({ ...request, versionId: pin(versionId) }, true, signal);
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
  checksums: boolean,
  abortSignal: AbortSignal,
): Promise<Reading> {
  const command = new HeadObjectCommand({
    Bucket: bucket,
    Key: key,
    VersionId: pin(versionId),
    ChecksumMode: checksums ? "ENABLED" : undefined,
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
