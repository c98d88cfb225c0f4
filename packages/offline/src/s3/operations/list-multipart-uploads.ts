import { authorize, bucketArn } from "../access.ts";
import type { S3Context } from "../context.ts";
import { invalidArgument } from "../error.ts";
import { ownerPrincipal } from "../notification/event.ts";
import { xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import { following, startAfter, type ListStart } from "../store/listing.ts";
import { tokenId } from "../store/sequence.ts";
import type { Upload } from "../store/uploads.ts";
import type { XmlChild } from "../xml.ts";
import { listContext } from "./list-objects.ts";
import { readEncoding, readLimit, type ListEncoding } from "./paging.ts";
import { isoSeconds, theBucket } from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export function listMultipartUploads(context: S3Context, request: S3Request): Reply {
  const bucket = theBucket(context, request);
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
  const { entries, truncated } = context.store.listing.uploads(bucket, query, start(request));
  const last = entries.at(-1);
  return xmlReply("ListMultipartUploadsResult", [
    ["Bucket", bucket.name],
    ["KeyMarker", encoding.write(request.query("key-marker") ?? "")],
    ["UploadIdMarker", request.query("upload-id-marker") ?? ""],
    [
      "NextKeyMarker",
      truncated ? encoding.write(last?.item?.key ?? last?.prefix ?? "") : undefined,
    ],
    ["NextUploadIdMarker", truncated ? (last?.item?.token ?? "") : undefined],
    ["Prefix", encoding.write(prefix)],
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

/** An upload id marker counts only together with a key marker. */
function start(request: S3Request): ListStart {
  const marker = request.query("key-marker") ?? "";
  if (marker === "") return { from: Buffer.alloc(0) };
  const uploadId = request.query("upload-id-marker") ?? "";
  if (uploadId === "") {
    const prefix = request.query("prefix") ?? "";
    return startAfter(marker, { prefix, delimiter: request.query("delimiter") });
  }
  const id = tokenId(uploadId);
  if (id === undefined)
    throw invalidArgument("Invalid uploadId marker", "upload-id-marker", uploadId);
  const key = Buffer.from(marker);
  return { from: following(key), within: { key, id } };
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
