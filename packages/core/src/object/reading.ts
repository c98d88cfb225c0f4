import type { ObjectDescription } from "./description.ts";
import type { UnreadableReason } from "./unreadable-reason.ts";

/** Which object to describe. */
export interface ReadRequest {
  readonly bucket: string;
  readonly key: string;
  /** Undefined for the current version. */
  readonly versionId?: string | undefined;
  /** The more likely state of the object; it decides which order of requests takes one in most cases. */
  readonly expected: "present" | "gone";
}

/** The object, or why S3 does not describe it. */
export type Reading =
  | { readonly found: true; readonly object: ObjectDescription }
  | { readonly found: false; readonly reason: UnreadableReason };

/** Makes one request to S3, with or without checksums. */
export type Head = (
  target: { readonly versionId: string | undefined },
  mode: "checksums" | "plain",
) => Promise<Reading>;

/**
 * Reads an object with its checksums, in one request in most cases.
 *
 * The checksums of an object that is encrypted with a KMS key need permission to use that key (Amazon S3
 * API Reference, HeadObject, ChecksumMode). Without it, S3 answers 403, as for a missing or forbidden
 * object. So a 403 is confirmed by a second request without checksums; and if the object is probably
 * gone, the first request omits them.
 */
export async function readBy(
  head: Head,
  { versionId: wanted, expected }: Pick<ReadRequest, "versionId" | "expected">,
): Promise<Reading> {
  const versionId = pin(wanted);
  if (expected === "present") {
    const reading = await head({ versionId }, "checksums");
    if (reading.found || reading.reason !== "forbidden_or_gone") return reading;
    return head({ versionId }, "plain");
  }
  const reading = await head({ versionId }, "plain");
  if (!reading.found || reading.object.encryption?.kmsKeyId !== undefined) return reading;
  const again = await head({ versionId: pin(reading.object.versionId) }, "checksums");
  return again.found ? again : reading;
}

/**
 * The version id to read by. The `null` version is read as the current one: it can be overwritten in
 * place, so its id identifies no content, and S3 was seen to reject it after versioning was changed.
 */
function pin(versionId: string | undefined): string | undefined {
  return versionId === "null" ? undefined : versionId;
}
