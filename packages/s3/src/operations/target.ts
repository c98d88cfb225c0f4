import { missing } from "../access.ts";
import type { S3Context } from "../context.ts";
import { invalidArgument, S3Error } from "../error.ts";
import { NULL_VERSION, type ObjectVersion } from "../object/version.ts";
import type { S3Request } from "../request.ts";
import type { Bucket } from "../store/buckets.ts";
import { tokenId } from "../store/sequence.ts";
import { hasVersions } from "../store/versions.ts";

const MAX_KEY_BYTES = 1024;

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const IP_ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;
const RESERVED_START = /^(?:xn--|sthree-|amzn-s3-demo-)/;
const RESERVED_END = /(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function isBucketName(name: string): boolean {
  return (
    BUCKET_NAME.test(name) &&
    !name.includes("..") &&
    !IP_ADDRESS.test(name) &&
    !RESERVED_START.test(name) &&
    !RESERVED_END.test(name)
  );
}

export function bucketName(request: S3Request): string {
  const name = request.target.bucket ?? "";
  if (isBucketName(name)) return name;
  throw new S3Error("InvalidBucketName", { details: { BucketName: name } });
}

/** The bucket that a request is about. Throws `NoSuchBucket`. */
export function theBucket(context: S3Context, request: S3Request): Bucket {
  return findBucket(context, bucketName(request));
}

export function findBucket(context: S3Context, name: string): Bucket {
  const bucket = context.store.buckets.get(name);
  if (bucket) return bucket;
  throw new S3Error("NoSuchBucket", { details: { BucketName: name } });
}

/** The key that a request is about. Throws `KeyTooLongError` above 1,024 bytes. */
export function theKey(request: S3Request): string {
  return checkKey(request.target.key ?? "");
}

export function checkKey(key: string): string {
  const bytes = Buffer.byteLength(key);
  if (bytes <= MAX_KEY_BYTES) return key;
  throw new S3Error("KeyTooLongError", {
    details: { Size: String(bytes), MaxSizeAllowed: String(MAX_KEY_BYTES) },
  });
}

/** The version id that a request names, if it names one. */
export function theVersionId(request: S3Request): string | undefined {
  return checkVersionId(request.query("versionId"));
}

export function checkVersionId(versionId: string | undefined): string | undefined {
  if (versionId === undefined || versionId === NULL_VERSION) return versionId;
  if (versionId === "") {
    throw invalidArgument("Version id cannot be the empty string", "versionId", versionId);
  }
  if (tokenId(versionId) === undefined) {
    throw invalidArgument("Invalid version id specified", "versionId", versionId);
  }
  return versionId;
}

export function findVersion(
  context: S3Context,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
): ObjectVersion | undefined {
  return versionId === undefined
    ? context.store.versions.newest(bucket, key)
    : context.store.versions.find(bucket, key, versionId);
}

/**
 * An object to read; throws what S3 answers for one that is not there or is a delete marker. A marker
 * that hides an object is no object to GET and HEAD, and, being there, a marker to everything else.
 */
export function readable(
  request: S3Request,
  bucket: Bucket,
  found: ObjectVersion | undefined,
  asked: { key: string; versionId: string | undefined; what?: "content" | "subresource" },
): ObjectVersion {
  const { key, versionId } = asked;
  if (!found) {
    const error =
      versionId === undefined
        ? new S3Error("NoSuchKey", { details: { Key: key } })
        : new S3Error("NoSuchVersion", { details: { Key: key, VersionId: versionId } });
    throw missing(request, bucket.name, error);
  }
  if (!found.marker) return found;
  const headers = { "x-amz-delete-marker": "true", ...versionHeader(bucket, found) };
  if (versionId === undefined && asked.what !== "subresource") {
    throw missing(
      request,
      bucket.name,
      new S3Error("NoSuchKey", { details: { Key: key }, headers }),
    );
  }
  throw new S3Error("MethodNotAllowed", {
    details: { Method: request.method, ResourceType: "DeleteMarker" },
    headers: {
      ...headers,
      Allow: "DELETE",
      "Last-Modified": new Date(found.modified).toUTCString(),
    },
  });
}

/** Answers carry version ids from buckets that version, or did. */
export function versionHeader(
  bucket: Bucket,
  { version }: Pick<ObjectVersion, "version">,
): { "x-amz-version-id"?: string } {
  return hasVersions(bucket.settings.versioning) ? { "x-amz-version-id": version } : {};
}

/** What a write answers: the version it made, but not where versions are suspended. */
export function writtenHeader(
  bucket: Bucket,
  { version }: Pick<ObjectVersion, "version">,
): { "x-amz-version-id"?: string } {
  return bucket.settings.versioning === "Enabled" ? { "x-amz-version-id": version } : {};
}

/** A date as lists and documents show it: S3 keeps whole seconds. */
export function isoSeconds(time: number): string {
  return new Date(Math.floor(time / 1000) * 1000).toISOString();
}
