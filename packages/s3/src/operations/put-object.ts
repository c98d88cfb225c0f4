import { authorize, objectArn, writeContext } from "../access.ts";
import { receiveBody } from "../body/receive.ts";
import type { S3Context } from "../context.ts";
import { notify } from "../notification/notify.ts";
import { readAttributes, readStorageClass, rejectUnsupported } from "../object/attributes.ts";
import { checkWrite, writeConditions } from "../object/condition.ts";
import { addsChecksum, encryptionHeaders, etagIsMd5 } from "../object/encryption.ts";
import { readTaggingHeader } from "../object/tagging.ts";
import type { Encryption, Tags } from "../object/version.ts";
import { randomName } from "../random.ts";
import type { Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import { checksumHeaders } from "./checksums.ts";
import { requestedBucket, readKey, writtenHeader } from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export async function putObject(context: S3Context, request: S3Request): Promise<Reply> {
  const { store } = context;
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  const tags = readTaggingHeader(request.header("x-amz-tagging"));
  authorizeWrite(request, objectArn(bucket.name, key), tags);
  rejectUnsupported(request);
  const attributes = readAttributes(context, request);
  const storageClass = readStorageClass(request);
  const conditions = writeConditions(request);
  checkWrite(conditions, key, store.versions.newest(bucket, key));

  const received = await receiveBody(request, store.bodies);
  const kept = received.sent !== undefined || addsChecksum(attributes.encryption);
  const checksum = kept ? ({ ...received.checksum, type: "FULL_OBJECT" } as const) : undefined;
  try {
    const [written, target] = store.write(() => {
      const current = requestedBucket(context, request);
      checkWrite(conditions, key, store.versions.newest(current, key));
      const object = store.versions.put(current, {
        key,
        size: received.body.size,
        etag: simpleEtag(attributes.encryption, received.md5),
        storageClass,
        attributes: { ...attributes, ...(checksum && { checksum }) },
        tags,
        content: { body: store.bodies.claim(received.body) },
      });
      notify(context, current, { event: "ObjectCreated:Put", object }, request.origin);
      return [object, current] as const;
    });
    return {
      status: 200,
      headers: {
        ETag: `"${written.etag}"`,
        ...checksumHeaders(checksum),
        ...encryptionHeaders(attributes.encryption),
        ...writtenHeader(target, written),
      },
    };
  } catch (error) {
    await store.bodies.discard(received.body);
    throw error;
  }
}

/**
 * Throws `AccessDenied` unless the caller may write the object, and its tags and ACL if it has any.
 */
export function authorizeWrite(request: S3Request, arn: string, tags: Tags | undefined): void {
  const access = writeContext(request, tags);
  authorize(request, "s3:PutObject", arn, access);
  if (tags) authorize(request, "s3:PutObjectTagging", arn, access);
  if (request.header("x-amz-acl") !== undefined) {
    authorize(request, "s3:PutObjectAcl", arn, access);
  }
}

/**
 * Returns the ETag: the MD5 of the content, or, with other keys than S3's, random digits of that
 * form.
 */
export function simpleEtag(encryption: Encryption, md5: string): string {
  return etagIsMd5(encryption) ? md5 : randomName(16).toString("hex");
}
