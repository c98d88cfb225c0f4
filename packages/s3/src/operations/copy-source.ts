import { authorize, objectArn, objectContext } from "../access.ts";
import type { S3Context } from "../context.ts";
import { percentDecode } from "../encoding.ts";
import { invalidArgument, notImplemented, S3Error } from "../error.ts";
import { MAX_BODY_BYTES } from "../limits.ts";
import { checkReadable } from "../object/attributes.ts";
import { checkCopySource } from "../object/condition.ts";
import { checkCustomerKey } from "../object/encryption.ts";
import type { ObjectVersion } from "../object/version.ts";
import type { S3Request } from "../request.ts";
import type { Bucket } from "../store/buckets.ts";
import {
  checkKey,
  checkVersionId,
  requireBucket,
  findVersion,
  requireObject,
  versionHeader,
} from "./target.ts";

const HEADER = "x-amz-copy-source";

export interface CopySource {
  readonly bucket: Bucket;
  readonly object: ObjectVersion;
  readonly versionId: string | undefined;
  /** The response header that names the copied version. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * Returns the object that `x-amz-copy-source` names. Throws if the caller may not read it, or a
 * condition fails.
 */
export function readCopySource(context: S3Context, request: S3Request): CopySource {
  const { name, key, versionId } = parse(request.header(HEADER) ?? "");
  const bucket = requireBucket(context, name);
  const found = findVersion(context, bucket, key, versionId);
  const action = versionId === undefined ? "s3:GetObject" : "s3:GetObjectVersion";
  authorize(request, action, objectArn(bucket.name, key), objectContext(found, versionId));
  if (found?.marker && versionId !== undefined) {
    throw new S3Error("InvalidRequest", {
      message:
        "The source of a copy request may not specifically refer to a delete marker by version id.",
    });
  }
  const object = requireObject(request, bucket, found, { key, versionId });
  checkCustomerKey(request, object.attributes.encryption, "copy source");
  checkReadable(object, context.clock());
  checkCopySource(request, object, context.clock());
  const version = versionHeader(bucket, object)["x-amz-version-id"];
  return { bucket, object, versionId, headers: { "x-amz-copy-source-version-id": version } };
}

/** Throws `InvalidRequest` if one request may not copy so many bytes. */
export function checkCopySize(bytes: number): void {
  if (bytes <= MAX_BODY_BYTES) return;
  throw new S3Error("InvalidRequest", {
    message: `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_BODY_BYTES}`,
  });
}

function parse(header: string): { name: string; key: string; versionId: string | undefined } {
  if (header.startsWith("arn:")) throw notImplemented("A copy source given as an ARN");
  const mark = header.lastIndexOf("?versionId=");
  const path = mark === -1 ? header : header.slice(0, mark);
  const decoded = percentDecode(path)?.replace(/^\//, "");
  const slash = decoded?.indexOf("/") ?? -1;
  if (decoded === undefined || slash < 1 || slash === decoded.length - 1) {
    throw invalidArgument("Invalid copy source object key", HEADER, HEADER);
  }
  return {
    name: decoded.slice(0, slash),
    key: checkKey(decoded.slice(slash + 1)),
    versionId: mark === -1 ? undefined : checkVersionId(header.slice(mark + "?versionId=".length)),
  };
}
