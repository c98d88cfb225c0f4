import type { ObjectDescription } from "./description.ts";
import type { UnreadableReason } from "./no-description.ts";

/** Which object to read: always the current version of a key. */
export interface ReadRequest {
  readonly bucket: string;
  readonly key: string;
  /** The more likely state of the object; it decides which order of requests takes one in most cases. */
  readonly expected: "present" | "gone";
}

/** What S3 says about the current version of a key. */
export type Answer =
  | { readonly kind: "object"; readonly object: ObjectDescription }
  /** There is no object, or a delete marker is the current version. */
  | { readonly kind: "gone" }
  /** There is an object that S3 does not describe to this caller. */
  | { readonly kind: "undescribed"; readonly reason: UnreadableReason }
  /** S3 answers 403 for a missing object as for a forbidden one, unless the caller may list the bucket. */
  | { readonly kind: "ambiguous" };

/** An answer of S3 and its place in time. */
export interface Reading {
  readonly answer: Answer;
  /** Less than a second before or after the read; ISO-8601 UTC to the millisecond. See `readTime`. */
  readonly readAt: string;
  /** Whether the clock of this process differed from that of S3 by more than a second. */
  readonly clockSkew: boolean;
}

/** Makes one request to S3, with or without checksums; without a version id, for the current version. */
export type Head = (target: {
  readonly versionId: string | undefined;
  readonly checksums: boolean;
}) => Promise<Reading>;

/**
 * Reads the current version of an object with its checksums, in one request in most cases.
 *
 * The checksums of an object that is encrypted with a KMS key need permission to use that key (Amazon S3
 * API Reference, HeadObject, ChecksumMode). Without it, S3 answers 403, as for a missing or forbidden
 * object. So a 403 is confirmed by a second request without checksums; and if the object is probably
 * gone, the first request omits them.
 */
export async function readBy(head: Head, expected: ReadRequest["expected"]): Promise<Reading> {
  if (expected === "present") {
    const reading = await head({ versionId: undefined, checksums: true });
    if (reading.answer.kind !== "ambiguous") return reading;
    return head({ versionId: undefined, checksums: false });
  }
  const reading = await head({ versionId: undefined, checksums: false });
  const { answer } = reading;
  if (answer.kind !== "object") return reading;
  const versionId = contentIdOf(answer.object.versionId);
  const again = await head({ versionId, checksums: true });
  if (again.answer.kind !== "object") return reading;
  if (versionId === undefined) return again;
  // That the version is the current one, and its tags, are known from the first request only.
  const { tags } = answer.object;
  const object = { ...again.answer.object, ...(tags && { tags }) };
  return { ...again, answer: { kind: "object", object }, readAt: reading.readAt };
}

/**
 * The version id if it identifies one content. The version `null` can be overwritten in place, and S3 was
 * seen to reject its id after versioning was changed, so it is read as the current one.
 */
function contentIdOf(versionId: string | undefined): string | undefined {
  return versionId === "null" ? undefined : versionId;
}
