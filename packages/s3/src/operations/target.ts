import { notFoundError } from "../access.ts";
import type { S3Context } from "../context.ts";
import { invalidArgument, S3Error } from "../error.ts";
import { MAX_KEY_BYTES } from "../limits.ts";
import { NULL_VERSION, type ObjectVersion } from "../object/version.ts";
import type { S3Request } from "../request.ts";
import type { Bucket } from "../store/buckets.ts";
import { tokenId } from "../store/sequence.ts";
import { hasVersions } from "../store/versions.ts";

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

/** Returns the bucket of a request. Throws `InvalidBucketName` or `NoSuchBucket`. */
export function requestedBucket(context: S3Context, request: S3Request): Bucket {
  return requireBucket(context, bucketName(request));
}

export function requireBucket(context: S3Context, name: string): Bucket {
  const bucket = context.store.buckets.get(name);
  if (bucket) return bucket;
  throw new S3Error("NoSuchBucket", { details: { BucketName: name } });
}

/** Returns the key of a request. Throws `KeyTooLongError` above 1,024 bytes. */
export function readKey(request: S3Request): string {
  return checkKey(request.target.key ?? "");
}

export function checkKey(key: string): string {
  const bytes = Buffer.byteLength(key);
  if (bytes <= MAX_KEY_BYTES) return key;
  throw new S3Error("KeyTooLongError", {
    details: { Size: String(bytes), MaxSizeAllowed: String(MAX_KEY_BYTES) },
  });
}

/**
 * Returns the version id of a request, or undefined. Throws `InvalidArgument` if it is malformed.
 */
export function readVersionId(request: S3Request): string | undefined {
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
 * Returns a version that can be read. Throws S3's error for a version that does not exist or is a
 * delete marker. If the newest version is a marker, GET and HEAD answer 404, and subresources
 * answer 405.
 */
export function requireObject(
  request: S3Request,
  bucket: Bucket,
  found: ObjectVersion | undefined,
  target: { key: string; versionId: string | undefined; part?: "content" | "subresource" },
): ObjectVersion {
  const { key, versionId } = target;
  if (!found) {
    const error =
      versionId === undefined
        ? new S3Error("NoSuchKey", { details: { Key: key } })
        : new S3Error("NoSuchVersion", { details: { Key: key, VersionId: versionId } });
    throw notFoundError(request, bucket.name, error);
  }
  if (!found.marker) return found;
  const headers = { "x-amz-delete-marker": "true", ...versionHeader(bucket, found) };
  if (versionId === undefined && target.part !== "subresource") {
    throw notFoundError(
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

/** Returns the version header of a response. Buckets that were never versioned have none. */
export function versionHeader(
  bucket: Bucket,
  { version }: Pick<ObjectVersion, "version">,
): { "x-amz-version-id"?: string } {
  return hasVersions(bucket.settings.versioning) ? { "x-amz-version-id": version } : {};
}

/** Returns the version header of a write. S3 omits it while versioning is suspended. */
export function writtenHeader(
  bucket: Bucket,
  { version }: Pick<ObjectVersion, "version">,
): { "x-amz-version-id"?: string } {
  return bucket.settings.versioning === "Enabled" ? { "x-amz-version-id": version } : {};
}

/** Formats a date for an XML document. S3 stores whole seconds. */
export function isoSeconds(time: number): string {
  return new Date(Math.floor(time / 1000) * 1000).toISOString();
}
