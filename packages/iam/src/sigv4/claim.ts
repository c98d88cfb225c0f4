import type { Headers } from "./canonical.ts";
import { refuse, type Refusal } from "./refusal.ts";

export const ALGORITHM = "AWS4-HMAC-SHA256";
export const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";
const WEEK_SECONDS = 604_800;

/** What a request says of its signature. */
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
  /** Seconds; of a presigned URL. */
  expires: number | undefined;
  /** What the request says of its body, in `x-amz-content-sha256`. */
  bodyHash: string | undefined;
}

/** Reads the signature of a request out of its header or its query; checks its form only. */
export function claimOf(headers: Headers, query: string): Claim | Refusal {
  const authorization = headers.get("authorization") ?? [];
  const parameters = new URLSearchParams(query);
  const inQuery = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"].some((name) =>
    parameters.has(name),
  );
  if (inQuery && authorization.length > 0) {
    return refuse(
      "malformed_query",
      "Only one of the Authorization header and the X-Amz-Algorithm parameter may be given",
    );
  }
  if (inQuery) return queryClaim(parameters, headers);
  const [header, ...others] = authorization;
  if (header === undefined) {
    const isVersion2 = parameters.has("AWSAccessKeyId") && parameters.has("Signature");
    return isVersion2
      ? refuse("unsupported", "the query is signed with Signature Version 2")
      : refuse("missing", "the request is not signed");
  }
  if (others.length > 0) return refuse("malformed_header", "there are several of them");
  return headerClaim(header, headers);
}

function headerClaim(header: string, headers: Headers): Claim | Refusal {
  const space = header.indexOf(" ");
  const algorithm = space < 0 ? header : header.slice(0, space);
  if (algorithm !== ALGORITHM)
    return refuse("unsupported", `the mechanism is ${JSON.stringify(algorithm)}`);
  const parts = new Map<string, string>();
  for (const part of header.slice(space + 1).split(",")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(equals, 0)).trim();
    if (parts.has(name)) return refuse("malformed_header", `${JSON.stringify(name)} occurs twice`);
    parts.set(name, part.slice(equals + 1).trim());
  }
  const missing = ["Credential", "SignedHeaders", "Signature"].find((name) => !parts.has(name));
  if (missing !== undefined) return refuse("malformed_header", `the ${missing} is missing`);
  const timestamp = headers.get("x-amz-date")?.[0] ?? basicFormat(headers.get("date")?.[0]);
  if (timestamp === undefined)
    return refuse("malformed_header", "there is neither X-Amz-Date nor Date");
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

function queryClaim(parameters: URLSearchParams, headers: Headers): Claim | Refusal {
  const names = ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"];
  const wrong = names.find((name) => parameters.getAll(`X-Amz-${name}`).length !== 1);
  if (wrong !== undefined) {
    return refuse("malformed_query", `Query-string authentication requires X-Amz-${wrong}, once`);
  }
  const read = (name: string) => parameters.get(`X-Amz-${name}`) ?? "";
  if (read("Algorithm") !== ALGORITHM)
    return refuse("unsupported", `X-Amz-Algorithm is not ${ALGORITHM}`);
  const expires = /^\d{1,9}$/.test(read("Expires")) ? Number(read("Expires")) : -1;
  if (expires < 0 || expires > WEEK_SECONDS) {
    return refuse(
      "malformed_query",
      `X-Amz-Expires must be a number of seconds, at most ${WEEK_SECONDS} (a week)`,
    );
  }
  return signedBy("malformed_query", {
    credential: read("Credential"),
    signedHeaders: read("SignedHeaders"),
    signature: read("Signature"),
    timestamp: read("Date"),
    token: parameters.get("X-Amz-Security-Token") ?? undefined,
    expires,
    // "…you don't know anything about the payload. Instead, you use a constant string UNSIGNED-PAYLOAD."
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
): Claim | Refusal {
  const [accessKeyId, date, region, service, end, ...more] = credential.split("/");
  const isWhole =
    accessKeyId && date && region && service && end === "aws4_request" && more.length === 0;
  if (!isWhole || !/^\d{8}$/.test(date)) {
    return refuse(
      malformed,
      "the Credential is not of the form <key>/YYYYMMDD/<region>/<service>/aws4_request",
    );
  }
  if (!/^[0-9a-f]{64}$/.test(rest.signature))
    return refuse(malformed, "the Signature is not 64 hex digits");
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(";"), ...rest };
}

/** `20260131T235959Z` of an HTTP date. */
function basicFormat(date: string | undefined): string | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(time)) return undefined;
  return new Date(time).toISOString().replaceAll(/[:-]|\.\d{3}/g, "");
}
