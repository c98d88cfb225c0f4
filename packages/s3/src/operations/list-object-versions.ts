import { authorize, bucketArn } from "../access.ts";
import type { S3Context } from "../context.ts";
import { invalidArgument } from "../error.ts";
import { ownerPrincipal } from "../notification/event.ts";
import { NULL_VERSION, type ObjectVersion } from "../object/version.ts";
import { xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { Bucket } from "../store/buckets.ts";
import { following, resumeAfter, type ListStart } from "../store/listing.ts";
import { token, tokenId } from "../store/sequence.ts";
import type { XmlChild } from "../xml.ts";
import { describeObject, listContext } from "./list-objects.ts";
import { readEncoding, readLimit, type ListEncoding } from "./paging.ts";
import { isoSeconds, requestedBucket } from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export function listObjectVersions(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  authorize(
    request,
    "s3:ListBucketVersions",
    bucketArn(bucket.name),
    listContext(request, "max-keys"),
  );
  const limit = readLimit(request, "max-keys");
  const encoding = readEncoding(request);
  const prefix = request.query("prefix") ?? "";
  const delimiter = request.query("delimiter") || undefined;
  const query = { prefix, delimiter, limit };
  const start = startOf(context, request, bucket, { prefix, delimiter });
  const { entries, truncated } = context.store.listing.versions(bucket, query, start);
  const last = entries.at(-1);
  return xmlReply("ListVersionsResult", [
    ["Name", bucket.name],
    ["Prefix", encoding.write(prefix)],
    ["KeyMarker", encoding.write(request.query("key-marker") ?? "")],
    ["VersionIdMarker", request.query("version-id-marker") ?? ""],
    [
      "NextKeyMarker",
      truncated ? encoding.write(last?.item?.key ?? last?.prefix ?? "") : undefined,
    ],
    ["NextVersionIdMarker", truncated && last?.item ? marker(last.item) : undefined],
    ["MaxKeys", limit],
    ["Delimiter", delimiter === undefined ? undefined : encoding.write(delimiter)],
    ["EncodingType", encoding.type],
    ["IsTruncated", truncated],
    ...entries.flatMap((entry): XmlChild[] =>
      entry.item ? [describe(context, encoding, entry.item)] : [],
    ),
    ...entries.flatMap((entry): XmlChild[] =>
      entry.item ? [] : [["CommonPrefixes", [["Prefix", encoding.write(entry.prefix)]]]],
    ),
  ]);
}

/**
 * Returns the marker of a version. The marker of a "null" version is not its version id, because
 * that does not keep the position if the version is deleted or replaced before the next page.
 */
function marker(version: ObjectVersion): string {
  return version.version === NULL_VERSION ? token(version.id) : version.version;
}

function startOf(
  context: S3Context,
  request: S3Request,
  bucket: Bucket,
  list: { prefix: string; delimiter: string | undefined },
): ListStart {
  const keyMarker = request.query("key-marker") ?? "";
  const versionMarker = request.query("version-id-marker") ?? "";
  if (keyMarker === "") {
    if (versionMarker === "") return { from: Buffer.alloc(0) };
    throw invalidArgument(
      "A version-id marker cannot be specified without a key marker.",
      "version-id-marker",
      versionMarker,
    );
  }
  const resumed = resumeAfter(keyMarker, list);
  if (versionMarker === "" || !resumed.from.equals(following(Buffer.from(keyMarker))))
    return resumed;
  const key = Buffer.from(keyMarker);
  const id =
    versionMarker === NULL_VERSION
      ? context.store.versions.find(bucket, keyMarker, NULL_VERSION)?.id
      : tokenId(versionMarker);
  if (id !== undefined) return { from: following(key), within: { key, id } };
  if (versionMarker === NULL_VERSION) return { from: key };
  throw invalidArgument("Invalid version id specified", "version-id-marker", versionMarker);
}

function describe(context: S3Context, encoding: ListEncoding, version: ObjectVersion): XmlChild {
  if (!version.marker) {
    return [
      "Version",
      [
        ...describeObject(context, encoding, version, true),
        ["VersionId", version.version],
        ["IsLatest", version.latest],
      ],
    ];
  }
  return [
    "DeleteMarker",
    [
      ["Key", encoding.write(version.key)],
      ["VersionId", version.version],
      ["IsLatest", version.latest],
      ["LastModified", isoSeconds(version.modified)],
      ["Owner", [["ID", ownerPrincipal(context.accountId)]]],
    ],
  ];
}
