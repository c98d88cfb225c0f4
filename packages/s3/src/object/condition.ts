import { headerNotImplemented, S3Error } from "../error.ts";
import type { S3Request } from "../request.ts";
import type { ObjectVersion } from "./version.ts";

type Condition = "If-Match" | "If-Unmodified-Since" | "If-None-Match" | "If-Modified-Since";
type Conditions = Readonly<Record<Condition, string | undefined>>;
type Stored = Pick<ObjectVersion, "etag" | "modified">;

function readConditions(request: S3Request, prefix: string): Conditions {
  return {
    "If-Match": request.header(`${prefix}if-match`),
    "If-Unmodified-Since": request.header(`${prefix}if-unmodified-since`),
    "If-None-Match": request.header(`${prefix}if-none-match`),
    "If-Modified-Since": request.header(`${prefix}if-modified-since`),
  };
}

/**
 * Returns the first condition that fails, in the order of RFC 9110, section 13.2.2: ETags take
 * precedence over dates. S3 ignores an `If-Modified-Since` in the future.
 */
function failedCondition(conditions: Conditions, object: Stored, now: Date): Condition | undefined {
  const ifMatch = conditions["If-Match"];
  const ifNoneMatch = conditions["If-None-Match"];
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, object.etag)) return "If-Match";
  } else if (isAfter(object, conditions["If-Unmodified-Since"]) === true) {
    return "If-Unmodified-Since";
  }
  if (ifNoneMatch !== undefined) {
    return matchesEtag(ifNoneMatch, object.etag) ? "If-None-Match" : undefined;
  }
  const since = conditions["If-Modified-Since"];
  const future = since !== undefined && Date.parse(since) > now.getTime();
  return !future && isAfter(object, since) === false ? "If-Modified-Since" : undefined;
}

export function matchesEtag(header: string, etag: string): boolean {
  return header
    .split(",")
    .map((item) => item.trim().replace(/^W\//, "").replaceAll('"', ""))
    .some((item) => item === "*" || item === etag);
}

/**
 * Returns whether the object changed after a date, in whole seconds, or undefined without a valid
 * date.
 */
function isAfter(object: Stored, date: string | undefined): boolean | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(time)) return undefined;
  return Math.floor(object.modified / 1000) > Math.floor(time / 1000);
}

function preconditionFailed(condition: string): S3Error {
  return new S3Error("PreconditionFailed", { details: { Condition: condition } });
}

/**
 * Checks the conditions of a GET or HEAD. Returns true for a 304. Throws `PreconditionFailed` for a
 * 412.
 */
export function notModified(request: S3Request, object: ObjectVersion, now: Date): boolean {
  const condition = failedCondition(readConditions(request, ""), object, now);
  if (condition === "If-Match" || condition === "If-Unmodified-Since")
    throw preconditionFailed(condition);
  return condition !== undefined;
}

/** Checks `x-amz-copy-source-if-*`. Throws `PreconditionFailed`. */
export function checkCopySource(request: S3Request, source: ObjectVersion, now: Date): void {
  const prefix = "x-amz-copy-source-";
  const condition = failedCondition(readConditions(request, prefix), source, now);
  if (condition) throw preconditionFailed(`${prefix}${condition}`);
}

export interface WriteConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/**
 * Checks the conditions of a write against the current version. Must run in the transaction that
 * writes. Throws `PreconditionFailed`, or `NoSuchKey` for `If-Match` without an object.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWrite(
  { ifMatch, ifNoneMatch }: WriteConditions,
  key: string,
  current: ObjectVersion | undefined,
): void {
  const object = current && !current.marker ? current : undefined;
  if (ifNoneMatch !== undefined && object) throw preconditionFailed("If-None-Match");
  if (ifMatch === undefined) return;
  if (!object) throw new S3Error("NoSuchKey", { details: { Key: key } });
  if (!matchesEtag(ifMatch, object.etag)) throw preconditionFailed("If-Match");
}

/**
 * Reads the conditions of a write. S3 supports only `If-None-Match: *` and `If-Match` with an ETag.
 */
export function writeConditions(request: S3Request): WriteConditions {
  const ifMatch = request.header("if-match");
  const ifNoneMatch = request.header("if-none-match");
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw headerNotImplemented(
      "If-Match,If-None-Match",
      "Multiple conditional request headers present in the request",
    );
  }
  if (ifNoneMatch !== undefined && ifNoneMatch !== "*") throw unsupportedValue("If-None-Match");
  if (ifMatch === "*") throw unsupportedValue("If-Match");
  return { ifMatch, ifNoneMatch };
}

function unsupportedValue(header: string): S3Error {
  const reason = `We don't accept the provided value of ${header} header for this API`;
  return headerNotImplemented(header, reason);
}
