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
 * The first condition that does not hold, in the order of RFC 9110, section 13.2.2: ETags decide before
 * dates do. S3 ignores an `If-Modified-Since` that lies in the future.
 */
function violated(conditions: Conditions, object: Stored, now: Date): Condition | undefined {
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
export function notModified(request: S3Request, object: ObjectVersion, now: Date): boolean {
  const condition = violated(readConditions(request, ""), object, now);
  if (condition === "If-Match" || condition === "If-Unmodified-Since") throw failed(condition);
  return condition !== undefined;
}

/** Holds `x-amz-copy-source-if-*` against the source of a copy. */
export function checkCopySource(request: S3Request, source: ObjectVersion, now: Date): void {
  const prefix = "x-amz-copy-source-";
  const condition = violated(readConditions(request, prefix), source, now);
  if (condition) throw failed(`${prefix}${condition}`);
}

export interface WriteConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/**
 * Holds the conditions of a write against what is there now; part of the transaction that writes.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWrite(
  { ifMatch, ifNoneMatch }: WriteConditions,
  key: string,
  current: ObjectVersion | undefined,
): void {
  const object = current && !current.marker ? current : undefined;
  if (ifNoneMatch !== undefined && object) throw failed("If-None-Match");
  if (ifMatch === undefined) return;
  if (!object) throw new S3Error("NoSuchKey", { details: { Key: key } });
  if (!matchesEtag(ifMatch, object.etag)) throw failed("If-Match");
}

/** The conditions that a write carries. S3 knows `If-None-Match: *` only, `If-Match` with an ETag only. */
export function writeConditions(request: S3Request): WriteConditions {
  const ifMatch = request.header("if-match");
  const ifNoneMatch = request.header("if-none-match");
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw headerNotImplemented(
      "If-Match,If-None-Match",
      "Multiple conditional request headers present in the request",
    );
  }
  if (ifNoneMatch !== undefined && ifNoneMatch !== "*") throw refused("If-None-Match");
  if (ifMatch === "*") throw refused("If-Match");
  return { ifMatch, ifNoneMatch };
}

function refused(header: string): S3Error {
  const reason = `We don't accept the provided value of ${header} header for this API`;
  return headerNotImplemented(header, reason);
}
