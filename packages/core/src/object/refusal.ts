import { S3ServiceException } from "@aws-sdk/client-s3";

/** Why S3 does not describe an object, now or later. */
export type Refusal =
  | "gone"
  /** S3 answers 403 for a missing key to whoever may not list the bucket, as for a forbidden one. */
  | "forbidden_or_gone"
  | "delete_marker"
  /** Encrypted with a key that only its owner has (SSE-C). */
  | "customer_key"
  | "changed";

const REFUSALS = new Map<number, Refusal>([
  [400, "customer_key"],
  [403, "forbidden_or_gone"],
  [404, "gone"],
  [405, "delete_marker"],
  [412, "changed"],
]);

/** Codes of the same statuses that speak of us, not of the object; a later attempt may have better luck. */
const OUR_FAULT = new Set([
  "AuthorizationHeaderMalformed",
  "ExpiredToken",
  "InvalidAccessKeyId",
  "InvalidToken",
  "NoSuchBucket",
  "PermanentRedirect",
  "RequestExpired",
  "RequestTimeout",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
  "TokenRefreshRequired",
]);

/**
 * Tells whether an error of S3 is its final word about the object; undefined if it is not, and the
 * read may succeed later.
 *
 * The answer to HEAD has no body, so often there is only the status (Amazon S3 API Reference,
 * HeadObject). A 400 or 403 that is really about our credentials does no harm: the write that
 * follows is signed with the same ones, so it fails too and the event comes back.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof S3ServiceException) || OUR_FAULT.has(error.name)) return undefined;
  return REFUSALS.get(error.$metadata.httpStatusCode ?? 0);
}
