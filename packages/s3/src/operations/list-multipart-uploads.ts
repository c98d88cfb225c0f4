import { authorize, bucketArn } from "../access.ts";
import type { S3Context } from "../context.ts";
import { invalidArgument } from "../error.ts";
import { ownerPrincipal } from "../notification/event.ts";
import { xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import { following, resumeAfter, type ListStart } from "../store/listing.ts";
import { tokenId } from "../store/sequence.ts";
import type { Upload } from "../store/uploads.ts";
import type { XmlChild } from "../xml.ts";
import { listContext } from "./list-objects.ts";
import { readEncoding, readLimit, type ListEncoding } from "./paging.ts";
import { isoSeconds, requestedBucket } from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export function listMultipartUploads(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  authorize(
    request,
    "s3:ListBucketMultipartUploads",
    bucketArn(bucket.name),
    listContext(request, undefined),
  );
  const limit = readLimit(request, "max-uploads");
  const encoding = readEncoding(request);
  const prefix = request.query("prefix") ?? "";
  const delimiter = request.query("delimiter");
  const query = { prefix, delimiter, limit };
  const { entries, truncated } = context.store.listing.uploads(
    bucket,
    query,
    start(context, request, query),
  );
  const last = entries.at(-1);
  const marker = markers(request);
  // After the last page, S3 returns the last key here but not the last prefix.
  const nextKey = last?.item?.key ?? (truncated ? last?.prefix : undefined) ?? "";
  return xmlReply("ListMultipartUploadsResult", [
    ["Bucket", bucket.name],
    ["KeyMarker", encoding.write(marker.key)],
    ["UploadIdMarker", marker.uploadId],
    ["NextKeyMarker", encoding.write(nextKey)],
    ["NextUploadIdMarker", last?.item?.token ?? ""],
    ["Prefix", prefix === "" ? undefined : encoding.write(prefix)],
    ["Delimiter", delimiter === undefined ? undefined : encoding.write(delimiter)],
    ["EncodingType", encoding.type],
    ["MaxUploads", limit],
    ["IsTruncated", truncated],
    ...entries.flatMap((entry): XmlChild[] =>
      entry.item ? [["Upload", describe(context, encoding, entry.item)]] : [],
    ),
    ...entries.flatMap((entry): XmlChild[] =>
      entry.item ? [] : [["CommonPrefixes", [["Prefix", encoding.write(entry.prefix)]]]],
    ),
  ]);
}

/** An upload id marker is ignored without a key marker. Throws if it belongs to another key. */
function start(
  context: S3Context,
  request: S3Request,
  list: { prefix: string; delimiter: string | undefined },
): ListStart {
  const { key: marker, uploadId } = markers(request);
  if (marker === "") return { from: Buffer.alloc(0) };
  const resumed = resumeAfter(marker, list);
  const key = Buffer.from(marker);
  if (uploadId === "" || !resumed.from.equals(following(key))) return resumed;
  const id = tokenId(uploadId);
  // The upload of the marker can have been aborted since the last page.
  if (id === undefined || (context.store.uploads.keyOf(id) ?? marker) !== marker) {
    throw invalidArgument("Invalid uploadId marker", "upload-id-marker", uploadId);
  }
  return { from: following(key), within: { key, id } };
}

function markers(request: S3Request): { key: string; uploadId: string } {
  const key = request.query("key-marker") ?? "";
  return { key, uploadId: key === "" ? "" : (request.query("upload-id-marker") ?? "") };
}

function describe(context: S3Context, encoding: ListEncoding, upload: Upload): XmlChild[] {
  const { checksum, initiator } = upload;
  return [
    ["Key", encoding.write(upload.key)],
    ["UploadId", upload.token],
    [
      "Initiator",
      [
        ["ID", initiator.id],
        ["DisplayName", initiator.name],
      ],
    ],
    ["Owner", [["ID", ownerPrincipal(context.accountId)]]],
    ["StorageClass", upload.storageClass],
    ["Initiated", isoSeconds(upload.initiated)],
    ["ChecksumAlgorithm", checksum.asked ? checksum.algorithm : undefined],
    ["ChecksumType", checksum.asked ? checksum.type : undefined],
  ];
}
