import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import {
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  headersOf,
  type HeaderValues,
} from "./canonical.ts";
import { ALGORITHM, claimOf, UNSIGNED_PAYLOAD, type Claim } from "./claim.ts";
import { fail, type VerificationFailure } from "./failure.ts";

export { type AwsError, awsError } from "./aws-error.ts";
export type { FailureReason, VerificationFailure } from "./failure.ts";

/** A request as the server received it. */
export interface RawRequest {
  method: string;
  /** Path and query, not normalized: Node's `req.url`. */
  url: string;
  /** Alternating names and values: Node's `req.rawHeaders`. */
  headers: readonly string[];
  /**
   * SHA-256 of the body, in lower-case hex. Required for every service except S3, whose requests
   * state the hash: give it if the body is available, or compare it later with `Signed.bodyHash`.
   */
  bodySha256?: string | undefined;
}

export interface Credential {
  secretAccessKey: string;
  /** For temporary credentials: the request must contain it. */
  sessionToken?: string | undefined;
}

export interface Verification {
  /** Returns the credential of an access key id; `undefined` if it is unknown. */
  credentialOf(accessKeyId: string): Credential | undefined;
  now: Date;
  /**
   * The scope that the request must be signed for. Without it, compare `Signed.service` with the
   * service that answers.
   */
  expect?: { service?: string; region?: string };
}

/** A request whose signature was made with the secret of `accessKeyId`. */
export interface Signed {
  ok: true;
  accessKeyId: string;
  service: string;
  region: string;
  signedAt: Date;
  /** Whether the signature is in the query: a presigned URL. */
  isPresigned: boolean;
  /**
   * The signed description of the body: its SHA-256 in hex, which the caller must compare with the
   * body if `bodySha256` was not given; `UNSIGNED-PAYLOAD`; or `STREAMING-…` for a body in chunks.
   */
  bodyHash: string;
}

const BODY_HASHES = new Set([
  UNSIGNED_PAYLOAD,
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
]);
/**
 * S3 allows 15 minutes (S3 API Reference, "RequestTimeTooSkewed"), other services five ("Signature
 * expired: …").
 */
const skewMs = (service: string): number => (service === "s3" ? 15 : 5) * 60_000;

/**
 * Verifies the Signature Version 4 of a request, in its header or its query. Does not compare the
 * body with the hash that an S3 request states, unless `bodySha256` is given, and does not verify
 * the signatures of chunks.
 */
export function verifySignature(
  request: RawRequest,
  verification: Verification,
): Signed | VerificationFailure {
  const headers = headersOf(request.headers);
  const mark = request.url.indexOf("?");
  const path = mark < 0 ? request.url : request.url.slice(0, mark);
  const query = mark < 0 ? "" : request.url.slice(mark + 1);

  const claim = claimOf(headers, query);
  if ("ok" in claim) return claim;
  const { accessKeyId, service, region, timestamp, signedHeaders } = claim;
  const isPresigned = claim.expires !== undefined;
  const signedAt = dateOf(timestamp);
  const malformed = isPresigned ? "malformed_query" : "malformed_header";
  if (!signedAt || !timestamp.startsWith(`${claim.date}T`)) {
    return fail(
      malformed,
      `the credential's date ${claim.date} is not the date of the request, ${timestamp}`,
    );
  }
  const credential = verification.credentialOf(accessKeyId);
  if (!credential)
    return fail("unknown_key", `the access key ${JSON.stringify(accessKeyId)} is unknown`);
  if (credential.sessionToken !== claim.token)
    return fail("bad_token", "the session token does not belong to the access key");
  const bodyHash = bodyHashOf(request, claim);
  if (typeof bodyHash !== "string") return bodyHash;
  const failure =
    checkScope(claim, verification.expect ?? {}) ??
    checkTime(claim, signedAt, verification.now) ??
    checkSignedHeaders(headers, signedHeaders, malformed);
  if (failure) return failure;

  const canonical = [
    request.method,
    canonicalPath(path, service === "s3"),
    canonicalQuery(query),
    canonicalHeaders(headers, signedHeaders),
    signedHeaders.join(";"),
    bodyHash,
  ].join("\n");
  const scope = `${claim.date}/${region}/${service}/aws4_request`;
  const hash = createHash("sha256").update(canonical, "latin1").digest("hex");
  const expected = hmac(
    signingKey(credential.secretAccessKey, claim),
    [ALGORITHM, timestamp, scope, hash].join("\n"),
  );
  if (!timingSafeEqual(expected, Buffer.from(claim.signature, "hex"))) {
    return fail("mismatch", "the signature does not match the request");
  }
  return { ok: true, accessKeyId, service, region, signedAt, isPresigned, bodyHash };
}

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac("sha256", key).update(text).digest();

function signingKey(secret: string, { date, region, service }: Claim): Buffer {
  const ofDate = hmac(`AWS4${secret}`, date);
  return hmac(hmac(hmac(ofDate, region), service), "aws4_request");
}

function dateOf(timestamp: string): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp) ?? [];
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** The body hash in the canonical request. S3 uses the stated hash, other services compute it. */
function bodyHashOf(
  { bodySha256 }: RawRequest,
  { service, bodyHash }: Claim,
): string | VerificationFailure {
  if (service !== "s3") {
    return (
      bodySha256 ??
      fail(
        "bad_body_hash",
        `the request is signed for ${service}, which requires the hash of the body`,
      )
    );
  }
  if (bodyHash === undefined) {
    return fail("bad_body_hash", "Missing required header for this request: x-amz-content-sha256");
  }
  if (BODY_HASHES.has(bodyHash)) return bodyHash;
  if (!/^[0-9a-f]{64}$/.test(bodyHash)) {
    return fail(
      "bad_body_hash",
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-…, or a valid sha256 value.",
    );
  }
  return bodySha256 === undefined || bodySha256 === bodyHash
    ? bodyHash
    : fail("body_mismatch", "x-amz-content-sha256 is not the hash of the body");
}

function checkScope(
  claim: Claim,
  expect: { service?: string; region?: string },
): VerificationFailure | undefined {
  const { service = claim.service, region = claim.region } = expect;
  if (claim.service !== service) {
    return fail("wrong_scope", `Credential should be scoped to correct service: '${service}'.`);
  }
  if (claim.region === region) return undefined;
  return fail("wrong_scope", `the region '${claim.region}' is wrong; expecting '${region}'`);
}

function checkTime(
  { service, expires, timestamp }: Claim,
  signedAt: Date,
  now: Date,
): VerificationFailure | undefined {
  const age = now.getTime() - signedAt.getTime();
  const skew = skewMs(service);
  if (expires === undefined) {
    if (Math.abs(age) <= skew) return undefined;
    return fail(
      "skewed",
      `Signature ${age > 0 ? "expired" : "not yet current"}: ${timestamp} is ${Math.round(Math.abs(age) / 1000)} s away from now`,
    );
  }
  if (age < -skew) return fail("not_yet_valid", `the URL is valid from ${timestamp} on`);
  return age > expires * 1000
    ? fail("expired", `the URL of ${timestamp} was valid for ${expires} s`)
    : undefined;
}

/** `host` and every `x-amz-…` header must be signed: otherwise a proxy could add them. */
function checkSignedHeaders(
  headers: HeaderValues,
  signed: readonly string[],
  malformed: "malformed_header" | "malformed_query",
): VerificationFailure | undefined {
  const isSorted = signed.every((name, index) => index === 0 || (signed[index - 1] ?? "") < name);
  if (!isSorted || signed.some((name) => name !== name.toLowerCase() || name === "")) {
    return fail(malformed, "SignedHeaders must be lower-case names in alphabetical order");
  }
  if (!signed.includes("host")) return fail("unsigned_header", "'Host' must be a 'SignedHeader'");
  const unsigned = [...headers.keys()].find(
    (name) => name.startsWith("x-amz-") && !signed.includes(name),
  );
  return unsigned === undefined
    ? undefined
    : fail("unsigned_header", `the header ${unsigned} is not signed`);
}
