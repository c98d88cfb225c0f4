import { S3ServiceException } from "@aws-sdk/client-s3";

/** Why S3 does not describe an object, now or later. */
export type UnreadableReason =
  | "gone"
  /** Without `s3:ListBucket`, S3 answers 403 for a missing key as for a forbidden one. */
  | "forbidden_or_gone"
  | "delete_marker"
  /** Encrypted with a key that only the client has (SSE-C). */
  | "customer_key"
  | "changed";

const REASONS = new Map<number, UnreadableReason>([
  [400, "customer_key"],
  [403, "forbidden_or_gone"],
  [404, "gone"],
  [405, "delete_marker"],
  [412, "changed"],
]);

/** Codes of the same statuses that are about the request, not the object; a later attempt can succeed. */
const REQUEST_ERRORS = new Set([
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
 * The reason that an error of S3 gives for not describing an object; undefined if the error is not
 * final and a later read can succeed.
 *
 * The response to HEAD has no body, so often only the status is known (Amazon S3 API Reference,
 * HeadObject). A 400 or 403 that is about the credentials does no harm: the write that follows is signed
 * with the same credentials, so it fails too and the event is retried.
 */
export function unreadableReasonOf(error: unknown): UnreadableReason | undefined {
  if (!(error instanceof S3ServiceException) || REQUEST_ERRORS.has(error.name)) return undefined;
  return REASONS.get(error.$metadata.httpStatusCode ?? 0);
}
