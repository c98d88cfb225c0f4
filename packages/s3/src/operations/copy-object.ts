import { authorize, objectArn, objectContext, writeContext } from "../access.ts";
import type { ChecksumAlgorithm } from "../body/checksum.ts";
import { algorithmOf, DEFAULT_CHECKSUM, type Digests } from "../body/digest.ts";
import { rereadBody } from "../body/reread.ts";
import type { S3Context } from "../context.ts";
import { invalidArgument, S3Error } from "../error.ts";
import { notify } from "../notification/notify.ts";
import {
  readAttributes,
  readRedirect,
  readStorageClass,
  rejectUnsupported,
} from "../object/attributes.ts";
import { checkWrite, writeConditions } from "../object/condition.ts";
import { encryptionHeaders, etagIsMd5, readEncryption } from "../object/encryption.ts";
import { readTaggingHeader } from "../object/tagging.ts";
import type { ObjectAttributes, ObjectVersion, Tags } from "../object/version.ts";
import { xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { PendingBody } from "../store/body-writer.ts";
import { checksumElements } from "./checksums.ts";
import { checkCopySize, readCopySource, type CopySource } from "./copy-source.ts";
import { authorizeWrite, simpleEtag } from "./put-object.ts";
import { isoSeconds, requestedBucket, readKey, versionHeader } from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function copyObject(context: S3Context, request: S3Request): Promise<Reply> {
  const { store } = context;
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  const metadataDirective = directive(request, "x-amz-metadata-directive");
  const taggingDirective = directive(request, "x-amz-tagging-directive");
  const newTags = readTaggingHeader(request.header("x-amz-tagging"));
  const arn = objectArn(bucket.name, key);
  authorizeWrite(request, arn, newTags);
  rejectUnsupported(request);
  const source = readCopySource(context, request);
  checkCopySize(source.object.size);
  if (metadataDirective === "COPY" && changesNothing(request, source, bucket.name, key)) {
    throw new S3Error("InvalidRequest", {
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    });
  }
  const attributes =
    metadataDirective === "REPLACE"
      ? readAttributes(context, request)
      : keptAttributes(context, request, source.object);
  const tags = taggingDirective === "REPLACE" ? newTags : keptTags(request, source, arn);
  const storageClass = readStorageClass(request);
  const conditions = writeConditions(request);
  const copied = await copyBody(context, request, source.object);
  const checksum = { ...copied.checksum, type: "FULL_OBJECT" } as const;
  try {
    const [written, target] = store.write(() => {
      const current = requestedBucket(context, request);
      checkWrite(conditions, key, store.versions.newest(current, key));
      const object = store.versions.put(current, {
        key,
        size: copied.body.size,
        etag: simpleEtag(attributes.encryption, copied.md5),
        storageClass,
        attributes: { ...attributes, checksum },
        tags,
        content: { body: store.bodies.claim(copied.body) },
      });
      notify(context, current, { event: "ObjectCreated:Copy", object }, request.origin);
      return [object, current] as const;
    });
    return xmlReply(
      "CopyObjectResult",
      [
        ["LastModified", isoSeconds(written.modified)],
        ["ETag", `"${written.etag}"`],
        ...checksumElements(checksum),
      ],
      {
        ...source.headers,
        ...encryptionHeaders(attributes.encryption),
        ...versionHeader(target, written),
      },
    );
  } catch (error) {
    await store.bodies.discard(copied.body);
    throw error;
  }
}

function directive(request: S3Request, header: string): "COPY" | "REPLACE" {
  const value = request.header(header) ?? "COPY";
  if (value === "COPY" || value === "REPLACE") return value;
  throw invalidArgument(`Unknown ${header.slice(6, -10)} directive.`, header, value);
}

/**
 * Returns the tags of the source, which are copied. Throws `AccessDenied` if the caller cannot read
 * them and write them (https://repost.aws/knowledge-center/s3-troubleshoot-copy-between-buckets).
 */
function keptTags(
  request: S3Request,
  { bucket, object, versionId }: CopySource,
  target: string,
): Tags | undefined {
  if (Object.keys(object.tags ?? {}).length === 0) return object.tags;
  const read = `s3:GetObject${versionId === undefined ? "" : "Version"}Tagging` as const;
  authorize(request, read, objectArn(bucket.name, object.key), objectContext(object, versionId));
  authorize(request, "s3:PutObjectTagging", target, writeContext(request, object.tags));
  return object.tags;
}

/**
 * Returns the attributes of a copy: headers and metadata of the source, the rest from the request.
 */
function keptAttributes(
  context: S3Context,
  request: S3Request,
  source: ObjectVersion,
): ObjectAttributes {
  const redirect = readRedirect(request);
  return {
    headers: source.attributes.headers,
    metadata: source.attributes.metadata,
    encryption: readEncryption(context, request),
    ...(redirect !== undefined && { redirect }),
  };
}

/** Returns whether a request copies the current object to itself without a change. */
function changesNothing(
  request: S3Request,
  source: CopySource,
  bucket: string,
  key: string,
): boolean {
  const self =
    source.bucket.name === bucket && source.object.key === key && source.versionId === undefined;
  const changes = [
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-checksum-algorithm",
  ];
  return self && changes.every((name) => request.header(name) === undefined);
}

/**
 * Copies the content of the source. Shares the stored bytes if all digests of the copy are known.
 */
async function copyBody(
  context: S3Context,
  request: S3Request,
  source: ObjectVersion,
): Promise<Digests & { body: PendingBody }> {
  const { bodies, versions } = context.store;
  const known = source.attributes.checksum;
  const requested = request.header("x-amz-checksum-algorithm");
  const algorithm: ChecksumAlgorithm =
    requested === undefined ? (known?.algorithm ?? DEFAULT_CHECKSUM) : algorithmOf(requested);
  const segments = versions.segments(source);
  const [only] = segments;
  const reusable =
    known?.algorithm === algorithm &&
    known.type === "FULL_OBJECT" &&
    source.upload === undefined &&
    etagIsMd5(source.attributes.encryption);
  if (reusable && only) {
    const body = bodies.duplicate(only);
    const checksum = { algorithm, value: known.value };
    return { body, md5: source.etag, checksum, sent: undefined };
  }
  return rereadBody(bodies, segments, { start: 0, end: source.size }, algorithm);
}
