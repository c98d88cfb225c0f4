import type { FailureReason, VerificationFailure } from "./failure.ts";

/** An error as AWS returns it. */
export interface AwsError {
  code: string;
  status: number;
  message: string;
}

const NOT_MATCHING =
  "The request signature we calculated does not match the signature you provided. " +
  "Check your key and signing method.";

/** Codes and messages: Amazon S3 API Reference, "Error responses". */
const S3: Readonly<Record<FailureReason, (detail: string) => AwsError>> = {
  missing: () => ({ code: "AccessDenied", status: 403, message: "Access Denied" }),
  malformed_header: (detail) => ({
    code: "AuthorizationHeaderMalformed",
    status: 400,
    message: `The authorization header is malformed; ${detail}.`,
  }),
  malformed_query: (detail) => ({
    code: "AuthorizationQueryParametersError",
    status: 400,
    message: detail,
  }),
  unsupported: () => ({
    code: "InvalidRequest",
    status: 400,
    message:
      "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
  }),
  unknown_key: () => ({
    code: "InvalidAccessKeyId",
    status: 403,
    message: "The AWS Access Key Id you provided does not exist in our records.",
  }),
  bad_token: () => ({
    code: "InvalidToken",
    status: 400,
    message: "The provided token is malformed or otherwise invalid.",
  }),
  wrong_scope: (detail) => ({
    code: "AuthorizationHeaderMalformed",
    status: 400,
    message: `The authorization header is malformed; ${detail}`,
  }),
  unsigned_header: () => ({
    code: "AccessDenied",
    status: 403,
    message: "There were headers present in the request which were not signed",
  }),
  bad_body_hash: (detail) => ({ code: "InvalidArgument", status: 400, message: detail }),
  body_mismatch: () => ({
    code: "XAmzContentSHA256Mismatch",
    status: 400,
    message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
  }),
  skewed: () => ({
    code: "RequestTimeTooSkewed",
    status: 403,
    message: "The difference between the request time and the current time is too large.",
  }),
  not_yet_valid: () => ({ code: "AccessDenied", status: 403, message: "Request is not valid yet" }),
  expired: () => ({ code: "AccessDenied", status: 403, message: "Request has expired" }),
  mismatch: () => ({ code: "SignatureDoesNotMatch", status: 403, message: NOT_MATCHING }),
};

/**
 * Codes: Amazon DynamoDB Developer Guide, "Error handling with DynamoDB", and IAM API Reference,
 * "Common errors".
 */
const JSON_CODES: Readonly<Record<FailureReason, string>> = {
  missing: "MissingAuthenticationTokenException",
  malformed_header: "IncompleteSignatureException",
  malformed_query: "IncompleteSignatureException",
  unsupported: "IncompleteSignatureException",
  unknown_key: "UnrecognizedClientException",
  bad_token: "UnrecognizedClientException",
  wrong_scope: "InvalidSignatureException",
  unsigned_header: "InvalidSignatureException",
  bad_body_hash: "InvalidSignatureException",
  body_mismatch: "InvalidSignatureException",
  skewed: "InvalidSignatureException",
  not_yet_valid: "InvalidSignatureException",
  expired: "InvalidSignatureException",
  mismatch: "InvalidSignatureException",
};

/** The same codes in the Query protocol (IAM API Reference, "Common errors"). */
const QUERY_CODES: Readonly<Record<string, string>> = {
  MissingAuthenticationTokenException: "MissingAuthenticationToken",
  IncompleteSignatureException: "IncompleteSignature",
  UnrecognizedClientException: "InvalidClientTokenId",
  InvalidSignatureException: "SignatureDoesNotMatch",
};

/**
 * Returns the error that AWS answers a failed verification with: S3 with its own, other services by
 * the protocol of the request.
 */
export function awsError(
  { reason, detail }: VerificationFailure,
  protocol: "s3" | "json" | "query",
): AwsError {
  if (protocol === "s3") return S3[reason](detail);
  const message = messageOf(reason) ?? detail;
  const code = JSON_CODES[reason];
  if (protocol === "json") return { code, status: 400, message };
  return { code: QUERY_CODES[code] ?? code, status: 403, message };
}

/** The message where AWS does not return the detail. */
function messageOf(reason: FailureReason): string | undefined {
  if (reason === "mismatch") return NOT_MATCHING;
  return reason === "unknown_key" || reason === "bad_token"
    ? "The security token included in the request is invalid."
    : undefined;
}
