/** Why the signature of a request was rejected. */
export type FailureReason =
  /** The request is not signed. */
  | "missing"
  | "malformed_header"
  | "malformed_query"
  /** A mechanism other than AWS4-HMAC-SHA256. */
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

export interface VerificationFailure {
  ok: false;
  reason: FailureReason;
  /** What exactly is wrong, for the log. Contains no secret. */
  detail: string;
}

export const fail = (reason: FailureReason, detail: string): VerificationFailure => ({
  ok: false,
  reason,
  detail,
});
