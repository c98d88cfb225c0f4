import type { S3Context } from "../context.ts";
import { invalidArgument, S3Error } from "../error.ts";
import { MAX_PARTS } from "../limits.ts";
import type { S3Request } from "../request.ts";
import type { Bucket } from "../store/buckets.ts";
import type { Upload } from "../store/uploads.ts";

/** Returns the open upload that a request names. Throws `NoSuchUpload`. */
export function requireOpenUpload(
  context: S3Context,
  request: S3Request,
  bucket: Bucket,
  key: string,
): Upload {
  const upload = findUpload(context, request, bucket, key);
  if (upload?.open) return upload;
  throw noSuchUpload(request);
}

/** Returns the upload that a request names, open or completed, or undefined. */
export function findUpload(
  context: S3Context,
  request: S3Request,
  bucket: Bucket,
  key: string,
): Upload | undefined {
  return context.store.uploads.find(bucket, key, request.query("uploadId") ?? "");
}

export function noSuchUpload(request: S3Request): S3Error {
  return new S3Error("NoSuchUpload", { details: { UploadId: request.query("uploadId") ?? "" } });
}

export function readPartNumber(request: S3Request): number {
  const text = request.query("partNumber") ?? "";
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MAX_PARTS) return number;
  throw invalidArgument(
    "Part number must be an integer between 1 and 10000, inclusive",
    "partNumber",
    text,
  );
}
