import { authorize, objectArn, objectContext } from "../access.ts";
import type { S3Context } from "../context.ts";
import type { Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import { ownerAcl } from "./bucket-settings.ts";
import { findVersion, requireObject, requestedBucket, readKey, readVersionId } from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export function getObjectAcl(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  const versionId = readVersionId(request);
  const found = findVersion(context, bucket, key, versionId);
  const action = versionId === undefined ? "s3:GetObjectAcl" : "s3:GetObjectVersionAcl";
  authorize(request, action, objectArn(bucket.name, key), objectContext(found, versionId));
  requireObject(request, bucket, found, { key, versionId, part: "subresource" });
  return ownerAcl(context.accountId);
}
