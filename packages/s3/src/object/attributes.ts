import type { S3Context } from "../context.ts";
import { invalidArgument, notImplemented, S3Error } from "../error.ts";
import type { S3Request } from "../request.ts";
import { encryptionHeaders, readEncryption } from "./encryption.ts";
import { metadataHeaders, readMetadata } from "./metadata.ts";
import type { ObjectAttributes, ObjectVersion } from "./version.ts";

/** Headers that S3 stores with an object and returns with it. */
export const CONTENT_HEADERS = [
  "Cache-Control",
  "Content-Disposition",
  "Content-Encoding",
  "Content-Language",
  "Content-Type",
  "Expires",
] as const;

export const DEFAULT_CONTENT_TYPE = "binary/octet-stream";

const STORAGE_CLASSES: ReadonlySet<string> = new Set([
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
]);

export function isStorageClass(name: string): boolean {
  return STORAGE_CLASSES.has(name);
}

export function readStorageClass(request: S3Request): string {
  const name = request.header("x-amz-storage-class") ?? "STANDARD";
  if (isStorageClass(name)) return name;
  throw new S3Error("InvalidStorageClass", { details: { StorageClassRequested: name } });
}

/** Reads the attributes of the object that a request writes, without tags and storage class. */
export function readAttributes(context: S3Context, request: S3Request): ObjectAttributes {
  const redirect = readRedirect(request);
  return {
    headers: readContentHeaders(request),
    metadata: readMetadata(request),
    encryption: readEncryption(context, request),
    ...(redirect !== undefined && { redirect }),
  };
}

function readContentHeaders(request: S3Request): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of CONTENT_HEADERS) {
    const value = request.header(name.toLowerCase());
    const kept = name === "Content-Encoding" ? withoutFraming(value) : value;
    if (kept !== undefined && kept !== "") headers[name] = kept;
  }
  headers["Content-Type"] ??= DEFAULT_CONTENT_TYPE;
  return headers;
}

/** S3 does not store `aws-chunked`, which belongs to the transfer. */
function withoutFraming(encoding: string | undefined): string | undefined {
  return encoding
    ?.split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "aws-chunked" && name !== "")
    .join(",");
}

export function readRedirect(request: S3Request): string | undefined {
  const location = request.header("x-amz-website-redirect-location");
  if (location === undefined || /^(?:\/|https?:\/\/)/.test(location)) return location;
  throw new S3Error("InvalidRedirectLocation");
}

const LOCK_HEADERS = [
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-object-lock-legal-hold",
];
/**
 * The ACLs that S3 accepts while `BucketOwnerEnforced` disables ACLs, which is the default of new
 * buckets.
 */
const ACCEPTED_ACLS = new Set(["private", "bucket-owner-full-control"]);

/** Rejects headers of a write that this package or a default bucket does not support. */
export function rejectUnsupported(request: S3Request): void {
  if (LOCK_HEADERS.some((name) => request.header(name) !== undefined)) {
    throw new S3Error("InvalidRequest", {
      message: "Bucket is missing Object Lock Configuration",
    });
  }
  const acl = request.header("x-amz-acl");
  const grants = request.headerNames("x-amz-grant-").length > 0;
  if (grants || (acl !== undefined && !ACCEPTED_ACLS.has(acl))) {
    throw new S3Error("AccessControlListNotSupported");
  }
  if (request.header("x-amz-write-offset-bytes") !== undefined) {
    throw notImplemented("Appending to an object (x-amz-write-offset-bytes)");
  }
}

/** Returns the headers of HEAD and GET, without checksums and tags. */
export function objectHeaders(object: ObjectVersion, now: Date): Record<string, string> {
  const { attributes } = object;
  return {
    "Accept-Ranges": "bytes",
    "Last-Modified": new Date(object.modified).toUTCString(),
    ETag: `"${object.etag}"`,
    ...attributes.headers,
    ...metadataHeaders(attributes.metadata),
    ...encryptionHeaders(attributes.encryption),
    ...(object.storageClass !== "STANDARD" && { "x-amz-storage-class": object.storageClass }),
    ...(attributes.redirect !== undefined && {
      "x-amz-website-redirect-location": attributes.redirect,
    }),
    ...restoreHeader(object, now),
  };
}

export function isArchived(storageClass: string): boolean {
  return storageClass === "GLACIER" || storageClass === "DEEP_ARCHIVE";
}

/** Returns when the restored copy expires, or undefined if there is none. */
export function restoredUntil(object: ObjectVersion, now: Date): Date | undefined {
  const until = object.attributes.restoredUntil;
  return until !== undefined && until > now.getTime() ? new Date(until) : undefined;
}

function restoreHeader(object: ObjectVersion, now: Date): Record<string, string> {
  const until = restoredUntil(object, now);
  if (!until) return {};
  return { "x-amz-restore": `ongoing-request="false", expiry-date="${until.toUTCString()}"` };
}

/** Throws `InvalidObjectState` if the object is archived and not restored. */
export function checkReadable(object: ObjectVersion, now: Date): void {
  if (!isArchived(object.storageClass) || restoredUntil(object, now)) return;
  throw new S3Error("InvalidObjectState", {
    details: { StorageClass: object.storageClass },
  });
}

const OVERRIDES: Readonly<Record<string, string>> = {
  "response-cache-control": "Cache-Control",
  "response-content-disposition": "Content-Disposition",
  "response-content-encoding": "Content-Encoding",
  "response-content-language": "Content-Language",
  "response-content-type": "Content-Type",
  "response-expires": "Expires",
};

export const OVERRIDE_PARAMETERS = Object.keys(OVERRIDES);

/** Returns the headers that replace stored ones, from the `response-*` parameters. */
export function overrideHeaders(request: S3Request): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [parameter, name] of Object.entries(OVERRIDES)) {
    const value = request.query(parameter);
    if (value === undefined) continue;
    // eslint-disable-next-line no-control-regex -- a header must not contain these
    if (/[\u0000-\u001f\u007f]/.test(value)) {
      throw invalidArgument("The value contains control characters", parameter, value);
    }
    headers[name] = value;
  }
  return headers;
}
