import { objectArn } from "../access.ts";
import { canBeFullObject } from "../body/checksum.ts";
import { algorithmOf, DEFAULT_CHECKSUM } from "../body/digest.ts";
import type { S3Context } from "../context.ts";
import { invalidArgument, S3Error } from "../error.ts";
import { readAttributes, readStorageClass, rejectUnsupported } from "../object/attributes.ts";
import { encryptionHeaders } from "../object/encryption.ts";
import { readTaggingHeader } from "../object/tagging.ts";
import { xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { UploadChecksum } from "../store/uploads.ts";
import { authorizeWrite } from "./put-object.ts";
import { requestedBucket, readKey } from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export function createMultipartUpload(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  const tags = readTaggingHeader(request.header("x-amz-tagging"));
  authorizeWrite(request, objectArn(bucket.name, key), tags);
  rejectUnsupported(request);
  const attributes = readAttributes(context, request);
  const storageClass = readStorageClass(request);
  const checksum = readUploadChecksum(request);
  const { principalId, accessKeyId } = request.caller;
  const upload = context.store.write(() =>
    context.store.uploads.create(bucket, {
      key,
      storageClass,
      attributes,
      tags,
      checksum,
      initiator: { id: principalId, name: accessKeyId },
    }),
  );
  return xmlReply(
    "InitiateMultipartUploadResult",
    [
      ["Bucket", bucket.name],
      ["Key", key],
      ["UploadId", upload.token],
    ],
    {
      ...encryptionHeaders(attributes.encryption),
      ...(checksum.asked && {
        "x-amz-checksum-algorithm": checksum.algorithm,
        "x-amz-checksum-type": checksum.type,
      }),
    },
  );
}

/** Only CRCs can be combined, so only they support FULL_OBJECT. CRC64NVME supports nothing else. */
function readUploadChecksum(request: S3Request): UploadChecksum {
  const name = request.header("x-amz-checksum-algorithm");
  const type = request.header("x-amz-checksum-type");
  if (name === undefined) {
    if (type !== undefined) {
      throw new S3Error("InvalidRequest", {
        message:
          "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
      });
    }
    return { algorithm: DEFAULT_CHECKSUM, type: "FULL_OBJECT", asked: false };
  }
  const algorithm = algorithmOf(name);
  const standard = algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE";
  if (type === undefined) return { algorithm, type: standard, asked: true };
  if (type !== "FULL_OBJECT" && type !== "COMPOSITE") {
    throw invalidArgument(
      "Value for x-amz-checksum-type header is invalid.",
      "x-amz-checksum-type",
      type,
    );
  }
  const possible = type === "FULL_OBJECT" ? canBeFullObject(algorithm) : algorithm !== "CRC64NVME";
  if (possible) return { algorithm, type, asked: true };
  throw new S3Error("InvalidRequest", {
    message: `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  });
}
