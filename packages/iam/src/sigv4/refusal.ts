/** Why a signature is not accepted. */
export type RefusalReason =
  /** The request is not signed at all: it is a stranger's. */
  | "missing"
  | "malformed_header"
  | "malformed_query"
  /** Another mechanism than AWS4-HMAC-SHA256. */
  | "unsupported"
  | "unknown_key"
  | "bad_token"
  | "wrong_scope"
  | "unsigned_header"
  | "bad_body_hash"
  | "body_mismatch"
  | "skewed"
  | "not_yet_valid"
  | "expired"
  | "mismatch";

export interface Refusal {
  ok: false;
  reason: RefusalReason;
  /** What exactly is wrong, for the log. Holds no secret. */
  detail: string;
}

export const refuse = (reason: RefusalReason, detail: string): Refusal => ({
  ok: false,
  reason,
  detail,
});

/** What AWS answers. */
export interface AwsError {
  code: string;
  status: number;
  message: string;
}

const NOT_MATCHING =
  "The request signature we calculated does not match the signature you provided. " +
  "Check your key and signing method.";

/** Codes and words of Amazon S3 API Reference, "Error responses". */
const S3: Readonly<Record<RefusalReason, (detail: string) => AwsError>> = {
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

/** Codes of Amazon DynamoDB Developer Guide, "Error handling with DynamoDB", and IAM's "Common errors". */
const JSON_CODES: Readonly<Record<RefusalReason, string>> = {
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

/** What the Query protocol calls them (IAM API Reference, "Common errors"). */
const QUERY_CODES: Readonly<Record<string, string>> = {
  MissingAuthenticationTokenException: "MissingAuthenticationToken",
  IncompleteSignatureException: "IncompleteSignature",
  UnrecognizedClientException: "InvalidClientTokenId",
  InvalidSignatureException: "SignatureDoesNotMatch",
};

/** What AWS would answer to a refused request: S3 in its words, the others in those of the protocol that was spoken. */
export function awsError({ reason, detail }: Refusal, protocol: "s3" | "json" | "query"): AwsError {
  if (protocol === "s3") return S3[reason](detail);
  const isKey = reason === "unknown_key" || reason === "bad_token";
  const secretive = isKey ? "The security token included in the request is invalid." : undefined;
  const message = secretive ?? (reason === "mismatch" ? NOT_MATCHING : detail);
  const code = JSON_CODES[reason];
  if (protocol === "json") return { code, status: 400, message };
  return { code: QUERY_CODES[code] ?? code, status: 403, message };
}
