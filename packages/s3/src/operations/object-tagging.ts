import { authorize, objectArn, objectContext, type AccessContext } from "../access.ts";
import { receiveText } from "../body/receive.ts";
import type { S3Context } from "../context.ts";
import { MAX_DOCUMENT_BYTES } from "../limits.ts";
import { notify } from "../notification/notify.ts";
import { readTaggingDocument, taggingDocument } from "../object/tagging.ts";
import type { ObjectVersion, Tags } from "../object/version.ts";
import { NO_CONTENT, xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { Bucket } from "../store/buckets.ts";
import {
  findVersion,
  requireObject,
  requestedBucket,
  readKey,
  readVersionId,
  versionHeader,
} from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export function getObjectTagging(context: S3Context, request: S3Request): Reply {
  const { bucket, object } = find(context, request, "Get");
  return xmlReply("Tagging", taggingDocument(object.tags), versionHeader(bucket, object));
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html */
export async function putObjectTagging(context: S3Context, request: S3Request): Promise<Reply> {
  const tagsOf = (tags: Tags): AccessContext =>
    Object.fromEntries(
      Object.entries(tags).map(([key, value]) => [`s3:RequestObjectTag/${key}`, value]),
    );
  requestedBucket(context, request);
  const tags = readTaggingDocument(await receiveText(request, MAX_DOCUMENT_BYTES), "Object");
  const { bucket, object } = context.store.write(() => {
    const found = find(context, request, "Put", tagsOf(tags));
    change(context, request, found, "ObjectTagging:Put", tags);
    return found;
  });
  return { status: 200, headers: versionHeader(bucket, object) };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export function deleteObjectTagging(context: S3Context, request: S3Request): Reply {
  const { bucket, object } = context.store.write(() => {
    const found = find(context, request, "Delete");
    change(context, request, found, "ObjectTagging:Delete", undefined);
    return found;
  });
  return { ...NO_CONTENT, headers: versionHeader(bucket, object) };
}

interface Found {
  readonly bucket: Bucket;
  readonly object: ObjectVersion;
}

function find(
  context: S3Context,
  request: S3Request,
  verb: "Get" | "Put" | "Delete",
  tags: AccessContext = {},
): Found {
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  const versionId = readVersionId(request);
  const found = findVersion(context, bucket, key, versionId);
  const noun = versionId === undefined ? "ObjectTagging" : "ObjectVersionTagging";
  authorize(request, `s3:${verb}${noun}`, objectArn(bucket.name, key), {
    ...objectContext(found, versionId),
    ...tags,
  });
  return {
    bucket,
    object: requireObject(request, bucket, found, { key, versionId, part: "subresource" }),
  };
}

function change(
  context: S3Context,
  request: S3Request,
  { bucket, object }: Found,
  event: "ObjectTagging:Put" | "ObjectTagging:Delete",
  tags: Tags | undefined,
): void {
  context.store.versions.setTags(object, tags);
  notify(context, bucket, { event, object }, request.origin);
}
