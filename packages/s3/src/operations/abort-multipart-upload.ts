import { authorize, objectArn } from "../access.ts";
import type { S3Context } from "../context.ts";
import { NO_CONTENT, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import { requestedBucket, readKey } from "./target.ts";
import { requireOpenUpload } from "./upload.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export function abortMultipartUpload(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  authorize(request, "s3:AbortMultipartUpload", objectArn(bucket.name, key));
  const upload = requireOpenUpload(context, request, bucket, key);
  context.store.write(() => context.store.uploads.remove(upload.id));
  return NO_CONTENT;
}
