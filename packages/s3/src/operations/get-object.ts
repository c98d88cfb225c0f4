import { authorize, objectArn, objectContext } from "../access.ts";
import type { S3Context } from "../context.ts";
import { S3Error } from "../error.ts";
import { checkReadable, objectHeaders, overrideHeaders } from "../object/attributes.ts";
import { matchesEtag, notModified } from "../object/condition.ts";
import { checkCustomerKey } from "../object/encryption.ts";
import { readRange, type ByteRange } from "../object/range.ts";
import type { ObjectChecksum, ObjectVersion } from "../object/version.ts";
import type { Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { Bucket } from "../store/buckets.ts";
import { checksumHeaders } from "./checksums.ts";
import { readPartNumber } from "./upload.ts";
import {
  findVersion,
  requireObject,
  requestedBucket,
  readKey,
  readVersionId,
  versionHeader,
} from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export function getObject(context: S3Context, request: S3Request): Reply {
  const { bucket, object } = find(context, request);
  if (notModified(request, object, context.clock())) return unchanged(bucket, object);
  checkReadable(object, context.clock());
  const part = selectPart(context, request, object);
  const { start, end } = part.range;
  const segments = context.store.versions.segments(object);
  return {
    status: part.status,
    headers: { ...describe(context, request, bucket, object, part), ...part.headers },
    body: context.store.bodies.read(segments, start, end),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export function headObject(context: S3Context, request: S3Request): Reply {
  const { bucket, object } = find(context, request);
  if (notModified(request, object, context.clock())) return unchanged(bucket, object);
  const part = selectPart(context, request, object);
  return {
    status: part.status,
    headers: {
      ...describe(context, request, bucket, object, part),
      ...part.headers,
      "Content-Length": part.range.end - part.range.start,
    },
  };
}

function find(context: S3Context, request: S3Request): { bucket: Bucket; object: ObjectVersion } {
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  const versionId = readVersionId(request);
  const found = findVersion(context, bucket, key, versionId);
  const action = versionId === undefined ? "s3:GetObject" : "s3:GetObjectVersion";
  authorize(request, action, objectArn(bucket.name, key), objectContext(found, versionId));
  const object = requireObject(request, bucket, found, { key, versionId });
  checkCustomerKey(request, object.attributes.encryption);
  return { bucket, object };
}

function unchanged(bucket: Bucket, object: ObjectVersion): Reply {
  return {
    status: 304,
    headers: {
      ETag: `"${object.etag}"`,
      "Last-Modified": new Date(object.modified).toUTCString(),
      ...versionHeader(bucket, object),
    },
  };
}

function describe(
  context: S3Context,
  request: S3Request,
  bucket: Bucket,
  object: ObjectVersion,
  part: SelectedPart,
): Record<string, string> {
  const arn = objectArn(bucket.name, object.key);
  const action = request.query("versionId") === undefined ? "Tagging" : "VersionTagging";
  const count = Object.keys(object.tags ?? {}).length;
  // S3 omits the count for a caller that may not read the tags.
  const tagged = count > 0 && request.access.maySee(`s3:GetObject${action}`, arn);
  const withChecksum = request.header("x-amz-checksum-mode")?.toUpperCase() === "ENABLED";
  return {
    ...objectHeaders(object, context.clock()),
    ...versionHeader(bucket, object),
    ...(tagged && { "x-amz-tagging-count": String(count) }),
    ...(withChecksum && checksumHeaders(part.checksum)),
    ...overrideHeaders(request),
  };
}

interface SelectedPart {
  readonly status: 200 | 206;
  readonly range: ByteRange;
  readonly headers: Readonly<Record<string, string>>;
  /** The checksum of these bytes, if it is known. */
  readonly checksum: ObjectChecksum | undefined;
}

/** Returns the requested bytes: the whole object, a range, or one part of a multipart upload. */
function selectPart(context: S3Context, request: S3Request, object: ObjectVersion): SelectedPart {
  const header = request.header("range");
  if (request.query("partNumber") !== undefined) {
    if (header !== undefined) {
      throw new S3Error("InvalidRequest", {
        message: "Cannot specify both Range header and partNumber query parameter",
      });
    }
    return onePart(context, object, readPartNumber(request));
  }
  const range = rangeApplies(request, object) ? readRange(header, object.size) : undefined;
  if (range) return partial(range, object);
  const { checksum } = object.attributes;
  return { status: 200, range: { start: 0, end: object.size }, headers: {}, checksum };
}

function onePart(context: S3Context, object: ObjectVersion, number: number): SelectedPart {
  const segments = object.upload === undefined ? [] : context.store.versions.segments(object);
  const sizes = object.upload === undefined ? [object.size] : segments.map(({ size }) => size);
  const size = sizes[number - 1];
  if (size === undefined) {
    throw new S3Error("InvalidPartNumber", {
      details: { PartNumberRequested: String(number), ActualPartCount: String(sizes.length) },
    });
  }
  const start = sizes.slice(0, number - 1).reduce((sum, value) => sum + value, 0);
  const counted: Record<string, string> =
    object.upload === undefined ? {} : { "x-amz-mp-parts-count": String(sizes.length) };
  if (size === 0) {
    const { checksum } = object.attributes;
    return { status: 200, range: { start, end: start }, headers: counted, checksum };
  }
  const part = partial({ start, end: start + size }, object);
  const checksum = partChecksum(context, object, number) ?? part.checksum;
  return { ...part, headers: { ...part.headers, ...counted }, checksum };
}

/** S3 returns the checksum of a part only if that of the object is composite. */
function partChecksum(
  context: S3Context,
  { upload, attributes }: ObjectVersion,
  number: number,
): ObjectChecksum | undefined {
  if (upload === undefined || attributes.checksum?.type !== "COMPOSITE") return undefined;
  const part = context.store.uploads.parts(upload)[number - 1];
  return part && { ...part.checksum, type: "COMPOSITE" };
}

function partial({ start, end }: ByteRange, { size, attributes }: ObjectVersion): SelectedPart {
  const headers = { "Content-Range": `bytes ${start}-${end - 1}/${size}` };
  const whole = end - start === size;
  const checksum = whole ? attributes.checksum : undefined;
  return { status: 206, range: { start, end }, headers, checksum };
}

/** RFC 9110, section 13.1.5: `Range` is ignored if the object has changed since. */
function rangeApplies(request: S3Request, object: ObjectVersion): boolean {
  const condition = request.header("if-range");
  if (condition === undefined) return true;
  if (condition.startsWith('"')) return matchesEtag(condition, object.etag);
  const date = Date.parse(condition);
  return Math.floor(object.modified / 1000) * 1000 === date;
}
