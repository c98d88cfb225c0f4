import { S3ServiceException } from "@aws-sdk/client-s3";

import type { Answer } from "./reading.ts";

/** Why S3 does not describe an object that it has, now or later. */
export type UnreadableReason =
  /** Encrypted with a key that only the client has (SSE-C). */
  | "customer_key"
  | "method_not_allowed"
  /** S3 answered 403 although the object should exist. */
  | "forbidden_or_gone";

const ANSWERS = new Map<number, Answer>([
  [400, { kind: "undescribed", reason: "customer_key" }],
  [403, { kind: "ambiguous" }],
  [404, { kind: "gone" }],
  [405, { kind: "undescribed", reason: "method_not_allowed" }],
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
 * What an error of S3 says about the object; undefined if it says nothing and a later read can succeed.
 *
 * The response to HEAD has no body, so often only the status is known (Amazon S3 API Reference,
 * HeadObject). A 400 or 403 that is about the credentials does no harm: the write that follows is signed
 * with the same credentials, so it fails too and the event is retried. A 403 because of a wrong clock
 * does not get here: the SDK corrects its clock by the response and retries.
 */
export function answerOf(error: unknown): Answer | undefined {
  if (!(error instanceof S3ServiceException) || REQUEST_ERRORS.has(error.name)) return undefined;
  if (error.$response?.headers["x-amz-delete-marker"] === "true") return { kind: "gone" };
  return ANSWERS.get(error.$metadata.httpStatusCode ?? 0);
}
