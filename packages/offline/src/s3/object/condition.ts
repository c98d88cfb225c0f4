import { S3Error } from "../error.ts";
import type { S3Request } from "../request.ts";
import type { ObjectVersion } from "./version.ts";

type Outcome = "proceed" | "not-modified" | "failed";

interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

type Stored = Pick<ObjectVersion, "etag" | "modified">;

/** In the order of RFC 9110, section 13.2.2: ETags decide before dates do. */
function evaluate(conditions: Conditions, object: Stored): Outcome {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, object.etag)) return "failed";
  } else if (isAfter(object, ifUnmodifiedSince) === true) return "failed";
  if (ifNoneMatch !== undefined) {
    return matchesEtag(ifNoneMatch, object.etag) ? "not-modified" : "proceed";
  }
  return isAfter(object, ifModifiedSince) === false ? "not-modified" : "proceed";
}

export function matchesEtag(header: string, etag: string): boolean {
  return header
    .split(",")
    .map((item) => item.trim().replace(/^W\//, "").replaceAll('"', ""))
    .some((item) => item === "*" || item === etag);
}

/** Whether the object changed after a date, to the second; undefined where there is no valid date. */
function isAfter(object: Stored, date: string | undefined): boolean | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(time)) return undefined;
  return Math.floor(object.modified / 1000) > Math.floor(time / 1000);
}

function failed(condition: string): S3Error {
  return new S3Error("PreconditionFailed", { details: { Condition: condition } });
}

/** Holds the conditions of a GET or HEAD against an object. True: answer 304. */
export function notModified(request: S3Request, object: ObjectVersion): boolean {
  const conditions = {
    ifMatch: request.header("if-match"),
    ifNoneMatch: request.header("if-none-match"),
    ifModifiedSince: request.header("if-modified-since"),
    ifUnmodifiedSince: request.header("if-unmodified-since"),
  };
  const outcome = evaluate(conditions, object);
  if (outcome === "failed") {
    throw failed(conditions.ifMatch === undefined ? "If-Unmodified-Since" : "If-Match");
  }
  return outcome === "not-modified";
}

/** Holds `x-amz-copy-source-if-*` against the source of a copy. */
export function checkCopySource(request: S3Request, source: ObjectVersion): void {
  const prefix = "x-amz-copy-source-if-";
  const conditions = {
    ifMatch: request.header(`${prefix}match`),
    ifNoneMatch: request.header(`${prefix}none-match`),
    ifModifiedSince: request.header(`${prefix}modified-since`),
    ifUnmodifiedSince: request.header(`${prefix}unmodified-since`),
  };
  if (evaluate(conditions, source) === "proceed") return;
  const used = Object.entries(conditions).find(([, value]) => value !== undefined);
  throw failed(`x-amz-copy-source-${used?.[0] ?? "If"}`);
}

/**
 * Holds the conditions of a write against what is there now; part of the transaction that writes.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWrite(
  headers: { ifMatch: string | undefined; ifNoneMatch: string | undefined },
  current: ObjectVersion | undefined,
): void {
  const object = current && !current.marker ? current : undefined;
  if (headers.ifNoneMatch !== undefined && object) throw failed("If-None-Match");
  if (headers.ifMatch === undefined) return;
  if (!object) throw new S3Error("NoSuchKey");
  if (!matchesEtag(headers.ifMatch, object.etag)) throw failed("If-Match");
}

/** The conditions that a write carries. S3 knows `If-None-Match: *` only. */
export function writeConditions(request: S3Request): {
  ifMatch: string | undefined;
  ifNoneMatch: string | undefined;
} {
  const ifNoneMatch = request.header("if-none-match");
  if (ifNoneMatch !== undefined && ifNoneMatch !== "*") {
    throw new S3Error("NotImplemented", {
      message: "A header you provided implies functionality that is not implemented",
      details: { Header: "If-None-Match" },
    });
  }
  return { ifMatch: request.header("if-match"), ifNoneMatch };
}
