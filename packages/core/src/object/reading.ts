import type { ObjectDescription } from "./description.ts";
import type { Refusal } from "./refusal.ts";

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

/** One request to S3, which asks for checksums or does not. */
export type Ask = (
  target: { readonly versionId: string | undefined },
  mode: "checksums" | "plain",
) => Promise<Reading>;

/**
 * Asks S3 for an object with its checksums, in one request as a rule.
 *
 * Checksums of an object encrypted with a KMS key need the use of that key (Amazon S3 API Reference,
 * HeadObject, ChecksumMode); without it S3 answers 403, as for an object that is gone or forbidden.
 * So a 403 is confirmed by a second request without them; and where the object is probably gone, they
 * are only asked for once it is known that it is not.
 */
export async function readBy(
  ask: Ask,
  { versionId: wanted, expected }: Pick<ReadRequest, "versionId" | "expected">,
): Promise<Reading> {
  const versionId = pin(wanted);
  if (expected === "present") {
    const reading = await ask({ versionId }, "checksums");
    if (reading.found || reading.reason !== "forbidden_or_gone") return reading;
    return ask({ versionId }, "plain");
  }
  const reading = await ask({ versionId }, "plain");
  if (!reading.found || reading.object.encryption?.kmsKeyId !== undefined) return reading;
  const again = await ask({ versionId: pin(reading.object.versionId) }, "checksums");
  return again.found ? again : reading;
}

/**
 * The version id to read by. The `null` version is read as the current one: it can be overwritten
 * in place, so its id pins nothing, and S3 was seen to refuse it after versioning was switched.
 */
function pin(versionId: string | undefined): string | undefined {
  return versionId === "null" ? undefined : versionId;
}
