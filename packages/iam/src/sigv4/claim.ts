import type { HeaderValues } from "./canonical.ts";
import { fail, type VerificationFailure } from "./failure.ts";

export const ALGORITHM = "AWS4-HMAC-SHA256";
export const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";
/** The longest lifetime of a presigned URL: a week. */
const MAX_EXPIRES_SECONDS = 604_800;

/** The signature of a request and what it states: not verified. */
export interface Claim {
  accessKeyId: string;
  /** `20260131`. */
  date: string;
  region: string;
  service: string;
  signedHeaders: readonly string[];
  signature: string;
  /** `20260131T235959Z`. */
  timestamp: string;
  token: string | undefined;
  /** Lifetime in seconds; only for a presigned URL. */
  expires: number | undefined;
  /** The value of `x-amz-content-sha256`. */
  bodyHash: string | undefined;
}

/** Reads the signature from the header or the query of a request. Checks only its syntax. */
export function claimOf(headers: HeaderValues, query: string): Claim | VerificationFailure {
  const authorization = headers.get("authorization") ?? [];
  const parameters = new URLSearchParams(query);
  const inQuery = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"].some((name) =>
    parameters.has(name),
  );
  if (inQuery && authorization.length > 0) {
    return fail(
      "malformed_query",
      "Only one of the Authorization header and the X-Amz-Algorithm parameter may be given",
    );
  }
  if (inQuery) return queryClaim(parameters, headers);
  const [header, ...others] = authorization;
  if (header === undefined) {
    const isVersion2 = parameters.has("AWSAccessKeyId") && parameters.has("Signature");
    return isVersion2
      ? fail("unsupported", "the query is signed with Signature Version 2")
      : fail("missing", "the request is not signed");
  }
  if (others.length > 0) return fail("malformed_header", "the header occurs more than once");
  return headerClaim(header, headers);
}

function headerClaim(header: string, headers: HeaderValues): Claim | VerificationFailure {
  const space = header.indexOf(" ");
  const algorithm = space < 0 ? header : header.slice(0, space);
  if (algorithm !== ALGORITHM)
    return fail("unsupported", `the algorithm is ${JSON.stringify(algorithm)}`);
  const parts = new Map<string, string>();
  for (const part of header.slice(space + 1).split(",")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(equals, 0)).trim();
    if (parts.has(name)) return fail("malformed_header", `${JSON.stringify(name)} occurs twice`);
    parts.set(name, part.slice(equals + 1).trim());
  }
  const missing = ["Credential", "SignedHeaders", "Signature"].find((name) => !parts.has(name));
  if (missing !== undefined) return fail("malformed_header", `${missing} is missing`);
  const timestamp = headers.get("x-amz-date")?.[0] ?? basicFormat(headers.get("date")?.[0]);
  if (timestamp === undefined) return fail("malformed_header", "X-Amz-Date or Date is required");
  return signedBy("malformed_header", {
    credential: parts.get("Credential") ?? "",
    signedHeaders: parts.get("SignedHeaders") ?? "",
    signature: parts.get("Signature") ?? "",
    timestamp,
    token: headers.get("x-amz-security-token")?.[0],
    expires: undefined,
    bodyHash: headers.get("x-amz-content-sha256")?.[0],
  });
}

function queryClaim(
  parameters: URLSearchParams,
  headers: HeaderValues,
): Claim | VerificationFailure {
  const names = ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"];
  const wrong = names.find((name) => parameters.getAll(`X-Amz-${name}`).length !== 1);
  if (wrong !== undefined) {
    return fail("malformed_query", `Query-string authentication requires X-Amz-${wrong}, once`);
  }
  const read = (name: string) => parameters.get(`X-Amz-${name}`) ?? "";
  if (read("Algorithm") !== ALGORITHM)
    return fail("unsupported", `X-Amz-Algorithm is not ${ALGORITHM}`);
  const expires = /^\d{1,9}$/.test(read("Expires")) ? Number(read("Expires")) : -1;
  if (expires < 0 || expires > MAX_EXPIRES_SECONDS) {
    return fail(
      "malformed_query",
      `X-Amz-Expires must be a number of seconds, at most ${MAX_EXPIRES_SECONDS} (a week)`,
    );
  }
  return signedBy("malformed_query", {
    credential: read("Credential"),
    signedHeaders: read("SignedHeaders"),
    signature: read("Signature"),
    timestamp: read("Date"),
    token: parameters.get("X-Amz-Security-Token") ?? undefined,
    expires,
    // "…you don't know anything about the payload. Instead, you use a constant string
    // UNSIGNED-PAYLOAD."
    bodyHash:
      headers.get("x-amz-content-sha256")?.[0] ??
      parameters.get("X-Amz-Content-Sha256") ??
      UNSIGNED_PAYLOAD,
  });
}

interface Parts extends Pick<Claim, "signature" | "timestamp" | "token" | "expires" | "bodyHash"> {
  credential: string;
  signedHeaders: string;
}

function signedBy(
  malformed: "malformed_header" | "malformed_query",
  { credential, signedHeaders, ...rest }: Parts,
): Claim | VerificationFailure {
  const [accessKeyId, date, region, service, end, ...more] = credential.split("/");
  const isWhole =
    accessKeyId && date && region && service && end === "aws4_request" && more.length === 0;
  if (!isWhole || !/^\d{8}$/.test(date)) {
    return fail(malformed, "the Credential must be <key>/YYYYMMDD/<region>/<service>/aws4_request");
  }
  if (!/^[0-9a-f]{64}$/.test(rest.signature))
    return fail(malformed, "the Signature must be 64 hex digits");
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(";"), ...rest };
}

/** Converts an HTTP date to `20260131T235959Z`. */
function basicFormat(date: string | undefined): string | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(time)) return undefined;
  return new Date(time).toISOString().replaceAll(/[:-]|\.\d{3}/g, "");
}
