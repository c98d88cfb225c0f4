import { authorize, bucketArn, type AccessContext } from "../access.ts";
import type { S3Context } from "../context.ts";
import { decodeBase64 } from "../encoding.ts";
import { invalidArgument } from "../error.ts";
import { ownerPrincipal } from "../notification/event.ts";
import { isArchived, restoredUntil } from "../object/attributes.ts";
import type { ObjectVersion } from "../object/version.ts";
import { xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import {
  after,
  following,
  resumeAfter,
  startAfter,
  type ListEntry,
  type ListStart,
} from "../store/listing.ts";
import type { XmlChild } from "../xml.ts";
import { readEncoding, readLimit, type ListEncoding } from "./paging.ts";
import { isoSeconds, requestedBucket } from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listObjectsV2(context: S3Context, request: S3Request): Reply {
  const list = begin(context, request);
  const token = request.query("continuation-token");
  const marker = request.query("start-after");
  const start: ListStart =
    token === undefined
      ? marker === undefined
        ? { from: Buffer.alloc(0) }
        : startAfter(marker, list)
      : { from: readToken(token) };
  const { entries, truncated } = context.store.listing.objects(list.bucket, list, start);
  const owner = request.query("fetch-owner") === "true";
  const { encoding } = list;
  return xmlReply("ListBucketResult", [
    ["Name", list.bucket.name],
    ["Prefix", encoding.write(list.prefix)],
    [
      "StartAfter",
      marker === undefined || token !== undefined ? undefined : encoding.write(marker),
    ],
    ["ContinuationToken", token],
    ["NextContinuationToken", truncated ? writeToken(entries.at(-1)) : undefined],
    ["KeyCount", entries.length],
    ["MaxKeys", list.limit],
    ["Delimiter", list.delimiter === undefined ? undefined : encoding.write(list.delimiter)],
    ["EncodingType", encoding.type],
    ["IsTruncated", truncated],
    ...writeEntries(context, request, encoding, entries, owner),
  ]);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export function listObjects(context: S3Context, request: S3Request): Reply {
  const list = begin(context, request);
  const marker = request.query("marker") ?? "";
  const start = marker === "" ? { from: Buffer.alloc(0) } : resumeAfter(marker, list);
  const { entries, truncated } = context.store.listing.objects(list.bucket, list, start);
  const last = entries.at(-1);
  const { encoding } = list;
  // Without a delimiter S3 returns no marker, and clients continue after the last key.
  const next =
    truncated && list.delimiter !== undefined ? (last?.item?.key ?? last?.prefix) : undefined;
  return xmlReply("ListBucketResult", [
    ["Name", list.bucket.name],
    ["Prefix", encoding.write(list.prefix)],
    ["Marker", encoding.write(marker)],
    ["NextMarker", next === undefined ? undefined : encoding.write(next)],
    ["MaxKeys", list.limit],
    ["Delimiter", list.delimiter === undefined ? undefined : encoding.write(list.delimiter)],
    ["EncodingType", encoding.type],
    ["IsTruncated", truncated],
    ...writeEntries(context, request, encoding, entries, true),
  ]);
}

function begin(context: S3Context, request: S3Request) {
  const bucket = requestedBucket(context, request);
  const limit = readLimit(request, "max-keys");
  authorize(request, "s3:ListBucket", bucketArn(bucket.name), listContext(request, "max-keys"));
  const delimiter = request.query("delimiter");
  return {
    bucket,
    limit,
    encoding: readEncoding(request),
    prefix: request.query("prefix") ?? "",
    delimiter: delimiter === "" ? undefined : delimiter,
  };
}

/** Returns the condition context of a list request. */
export function listContext(request: S3Request, limit: string | undefined): AccessContext {
  const context: AccessContext = {};
  const names = ["prefix", "delimiter", ...(limit === undefined ? [] : [limit])];
  for (const name of names) {
    const value = request.query(name);
    if (value !== undefined) context[`s3:${name}`] = value;
  }
  return context;
}

function writeEntries(
  context: S3Context,
  request: S3Request,
  encoding: ListEncoding,
  entries: readonly ListEntry<ObjectVersion>[],
  owner: boolean,
): XmlChild[] {
  const contents: XmlChild[] = [];
  const prefixes: XmlChild[] = [];
  const optional = request.header("x-amz-optional-object-attributes") ?? "";
  const restore = optional.split(",").some((name) => name.trim() === "RestoreStatus");
  for (const { item, prefix } of entries) {
    if (item) {
      const children = describeObject(context, encoding, item, owner);
      if (restore) children.push(...restoreStatus(item, context.clock()));
      contents.push(["Contents", children]);
    } else prefixes.push(["CommonPrefixes", [["Prefix", encoding.write(prefix)]]]);
  }
  return [...contents, ...prefixes];
}

/** Describes an object in a list of objects or of versions. */
export function describeObject(
  context: S3Context,
  encoding: ListEncoding,
  object: ObjectVersion,
  owner: boolean,
): XmlChild[] {
  const { checksum } = object.attributes;
  return [
    ["Key", encoding.write(object.key)],
    ["LastModified", isoSeconds(object.modified)],
    ["ETag", `"${object.etag}"`],
    ["ChecksumAlgorithm", checksum?.algorithm],
    ["ChecksumType", checksum?.type],
    ["Size", object.size],
    ["StorageClass", object.storageClass],
    ["Owner", owner ? [["ID", ownerPrincipal(context.accountId)]] : undefined],
  ];
}

function restoreStatus(object: ObjectVersion, now: Date): XmlChild[] {
  const until = restoredUntil(object, now);
  if (!until || !isArchived(object.storageClass)) return [];
  return [
    [
      "RestoreStatus",
      [
        ["IsRestoreInProgress", false],
        ["RestoreExpiryDate", until.toISOString()],
      ],
    ],
  ];
}

/** Encodes the least key that the next page can have. */
function writeToken(last: ListEntry<ObjectVersion> | undefined): string {
  const from = last?.item
    ? following(Buffer.from(last.item.key))
    : after(Buffer.from(last?.prefix ?? ""));
  return `1${from.toString("base64")}`;
}

function readToken(token: string): Buffer {
  const from = token.startsWith("1") ? decodeBase64(token.slice(1)) : undefined;
  if (from && from.length > 0) return from;
  const value = token === "" ? undefined : token;
  throw invalidArgument(
    "The continuation token provided is incorrect",
    "continuation-token",
    value,
  );
}
