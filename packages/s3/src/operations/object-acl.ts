import { authorize, objectArn, objectContext } from "../access.ts";
import type { S3Context } from "../context.ts";
import type { Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import { ownerAcl } from "./bucket-settings.ts";
import { findVersion, readable, theBucket, theKey, theVersionId } from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export function getObjectAcl(context: S3Context, request: S3Request): Reply {
  const bucket = theBucket(context, request);
  const key = theKey(request);
  const versionId = theVersionId(request);
  const found = findVersion(context, bucket, key, versionId);
  const action = versionId === undefined ? "s3:GetObjectAcl" : "s3:GetObjectVersionAcl";
  authorize(request, action, objectArn(bucket.name, key), objectContext(found, versionId));
  readable(request, bucket, found, { key, versionId, what: "subresource" });
  return ownerAcl(context.accountId);
}
