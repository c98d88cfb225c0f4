import { authorize, objectArn } from "../access.ts";
import { checksumElement } from "../body/checksum.ts";
import type { S3Context } from "../context.ts";
import { invalidArgument } from "../error.ts";
import { ownerPrincipal } from "../notification/event.ts";
import { xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { Part } from "../store/uploads.ts";
import type { XmlChild } from "../xml.ts";
import { readEncoding, readLimit } from "./paging.ts";
import { isoSeconds, requestedBucket, readKey } from "./target.ts";
import { requireOpenUpload } from "./upload.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export function listParts(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  authorize(request, "s3:ListMultipartUploadParts", objectArn(bucket.name, key));
  const upload = requireOpenUpload(context, request, bucket, key);
  const limit = readLimit(request, "max-parts");
  const marker = readMarker(request);
  const encoding = readEncoding(request);
  const found = context.store.uploads.parts(upload.id, marker, limit + 1);
  const page = found.slice(0, limit);
  const truncated = limit > 0 && found.length > limit;
  return xmlReply("ListPartsResult", [
    ["Bucket", bucket.name],
    ["EncodingType", encoding.type],
    ["Key", encoding.write(key)],
    ["UploadId", upload.token],
    [
      "Initiator",
      [
        ["ID", upload.initiator.id],
        ["DisplayName", upload.initiator.name],
      ],
    ],
    ["Owner", [["ID", ownerPrincipal(context.accountId)]]],
    ["StorageClass", upload.storageClass],
    ["PartNumberMarker", marker],
    ["NextPartNumberMarker", page.at(-1)?.number ?? 0],
    ["MaxParts", limit],
    ["IsTruncated", truncated],
    ["ChecksumAlgorithm", upload.checksum.asked ? upload.checksum.algorithm : undefined],
    ["ChecksumType", upload.checksum.asked ? upload.checksum.type : undefined],
    ...page.map((part): XmlChild => ["Part", describePart(part, upload.checksum.asked)]),
  ]);
}

function readMarker(request: S3Request): number {
  const text = request.query("part-number-marker") ?? "";
  if (text === "") return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalidArgument(
    "Argument part-number-marker must be an integer between 0 and 2147483647",
    "part-number-marker",
    text,
  );
}

function describePart(part: Part, withChecksum: boolean): XmlChild[] {
  const { algorithm, value } = part.checksum;
  return [
    ["PartNumber", part.number],
    ["LastModified", isoSeconds(part.modified)],
    ["ETag", `"${part.etag}"`],
    ["Size", part.size],
    [checksumElement(algorithm), withChecksum ? value : undefined],
  ];
}
