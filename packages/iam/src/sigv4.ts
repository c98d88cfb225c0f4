import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import {
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  headersOf,
  type Headers,
} from "./sigv4/canonical.ts";
import { ALGORITHM, claimOf, UNSIGNED_PAYLOAD, type Claim } from "./sigv4/claim.ts";
import { refuse, type Refusal } from "./sigv4/refusal.ts";

export { type AwsError, awsError, type Refusal } from "./sigv4/refusal.ts";

/** A request as it came over the wire. */
export interface RawRequest {
  method: string;
  /** Path and query, not normalised in any way: Node's `req.url`. */
  url: string;
  /** Names and values in turn: Node's `req.rawHeaders`. */
  headers: readonly string[];
  /**
   * SHA-256 of the body, in lower-case hex. Needed for every service but S3, where the request says it itself: give it there
   * too if the body is at hand, or compare it later with `Signed.bodyHash`.
   */
  bodySha256?: string | undefined;
}

export interface Credential {
  secretAccessKey: string;
  /** Of temporary credentials: the request must carry it. */
  sessionToken?: string | undefined;
}

export interface Verification {
  /** The credential of an access key id; `undefined` for one that is not known. */
  credentialOf(accessKeyId: string): Credential | undefined;
  now: Date;
  /** What the request must be signed for. Without it, compare `Signed.service` with the service that you serve. */
  expect?: { service?: string; region?: string };
}

/** A request that was signed with the secret of `accessKeyId`. */
export interface Signed {
  ok: true;
  accessKeyId: string;
  service: string;
  region: string;
  signedAt: Date;
  /** Whether the signature is in the query: a URL that was handed on. */
  isPresigned: boolean;
  /**
   * What the signature says of the body: its SHA-256 in hex, which the reader of the body must compare if `bodySha256` was not
   * given; `UNSIGNED-PAYLOAD`; or `STREAMING-…`, where the body comes in chunks.
   */
  bodyHash: string;
}

const BODY_HASHES = new Set([
  UNSIGNED_PAYLOAD,
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
]);
/** S3 allows 15 minutes (its API Reference, "RequestTimeTooSkewed"), the others five ("Signature expired: …"). */
const skewMs = (service: string): number => (service === "s3" ? 15 : 5) * 60_000;

/**
 * Verifies a request that is signed with Signature Version 4, in its header or its query. It does not check the body itself
 * where S3's request only states its hash (see `Signed.bodyHash`), nor the signatures of chunks.
 */
export function verifySignature(request: RawRequest, verification: Verification): Signed | Refusal {
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
    return refuse(
      malformed,
      `the credential's date ${claim.date} is not the date of the request, ${timestamp}`,
    );
  }
  const credential = verification.credentialOf(accessKeyId);
  if (!credential)
    return refuse("unknown_key", `there is no access key ${JSON.stringify(accessKeyId)}`);
  if (credential.sessionToken !== claim.token)
    return refuse("bad_token", "the session token is not the key's own");
  const bodyHash = bodyHashOf(request, claim);
  if (typeof bodyHash !== "string") return bodyHash;
  const refusal =
    checkScope(claim, verification.expect ?? {}) ??
    checkTime(claim, signedAt, verification.now) ??
    checkSignedHeaders(headers, signedHeaders, malformed);
  if (refusal) return refusal;

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
    return refuse("mismatch", "the signature is not that of the request");
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

/** The body's part of the canonical request. S3 takes it as the request states it, the others compute it. */
function bodyHashOf({ bodySha256 }: RawRequest, { service, bodyHash }: Claim): string | Refusal {
  if (service !== "s3") {
    return (
      bodySha256 ??
      refuse("bad_body_hash", `the request is signed for ${service}, and its body was not hashed`)
    );
  }
  if (bodyHash === undefined) {
    return refuse(
      "bad_body_hash",
      "Missing required header for this request: x-amz-content-sha256",
    );
  }
  if (BODY_HASHES.has(bodyHash)) return bodyHash;
  if (!/^[0-9a-f]{64}$/.test(bodyHash)) {
    return refuse(
      "bad_body_hash",
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-…, or a valid sha256 value.",
    );
  }
  return bodySha256 === undefined || bodySha256 === bodyHash
    ? bodyHash
    : refuse("body_mismatch", "x-amz-content-sha256 is not the hash of the body");
}

function checkScope(
  claim: Claim,
  expect: { service?: string; region?: string },
): Refusal | undefined {
  const { service = claim.service, region = claim.region } = expect;
  if (claim.service !== service) {
    return refuse("wrong_scope", `Credential should be scoped to correct service: '${service}'.`);
  }
  if (claim.region === region) return undefined;
  return refuse("wrong_scope", `the region '${claim.region}' is wrong; expecting '${region}'`);
}

function checkTime(
  { service, expires, timestamp }: Claim,
  signedAt: Date,
  now: Date,
): Refusal | undefined {
  const age = now.getTime() - signedAt.getTime();
  const skew = skewMs(service);
  if (expires === undefined) {
    if (Math.abs(age) <= skew) return undefined;
    return refuse(
      "skewed",
      `Signature ${age > 0 ? "expired" : "not yet current"}: ${timestamp} is ${Math.round(Math.abs(age) / 1000)} s away from now`,
    );
  }
  if (age < -skew) return refuse("not_yet_valid", `the URL is valid from ${timestamp} on`);
  return age > expires * 1000
    ? refuse("expired", `the URL of ${timestamp} was valid for ${expires} s`)
    : undefined;
}

/** `host` and every `x-amz-…` header must be signed, or somebody on the way could have added them. */
function checkSignedHeaders(
  headers: Headers,
  signed: readonly string[],
  malformed: "malformed_header" | "malformed_query",
): Refusal | undefined {
  const isSorted = signed.every((name, index) => index === 0 || (signed[index - 1] ?? "") < name);
  if (!isSorted || signed.some((name) => name !== name.toLowerCase() || name === "")) {
    return refuse(malformed, "SignedHeaders must be lower-case names in alphabetical order");
  }
  if (!signed.includes("host")) return refuse("unsigned_header", "'Host' must be a 'SignedHeader'");
  const unsigned = [...headers.keys()].find(
    (name) => name.startsWith("x-amz-") && !signed.includes(name),
  );
  return unsigned === undefined
    ? undefined
    : refuse("unsigned_header", `the header ${unsigned} is not signed`);
}
