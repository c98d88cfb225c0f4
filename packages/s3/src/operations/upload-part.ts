import { authorize, objectArn } from "../access.ts";
import { checksumHeader, type ChecksumAlgorithm } from "../body/checksum.ts";
import { receiveBody } from "../body/receive.ts";
import type { S3Context } from "../context.ts";
import { S3Error } from "../error.ts";
import { checkPartKey, encryptionHeaders } from "../object/encryption.ts";
import type { Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { UploadChecksum } from "../store/uploads.ts";
import { simpleEtag } from "./put-object.ts";
import { requestedBucket, readKey } from "./target.ts";
import { requireOpenUpload, readPartNumber } from "./upload.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export async function uploadPart(context: S3Context, request: S3Request): Promise<Reply> {
  const { store } = context;
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  authorize(request, "s3:PutObject", objectArn(bucket.name, key));
  const number = readPartNumber(request);
  const upload = requireOpenUpload(context, request, bucket, key);
  checkPartKey(request, upload.attributes.encryption);
  const received = await receiveBody(request, store.bodies, (checksum) =>
    partAlgorithm(upload.checksum, checksum?.algorithm),
  );
  try {
    const part = store.write(() => {
      const still = requireOpenUpload(context, request, bucket, key);
      return store.uploads.putPart(still, {
        number,
        size: received.body.size,
        etag: simpleEtag(upload.attributes.encryption, received.md5),
        body: store.bodies.claim(received.body),
        checksum: received.checksum,
      });
    });
    return {
      status: 200,
      headers: {
        ETag: `"${part.etag}"`,
        ...(received.sent && { [checksumHeader(received.sent.algorithm)]: received.sent.value }),
        ...encryptionHeaders(upload.attributes.encryption),
      },
    };
  } catch (error) {
    await store.bodies.discard(received.body);
    throw error;
  }
}

/**
 * Returns the algorithm of the checksum to store. Throws `InvalidRequest` if the part has another
 * algorithm than its upload, or none although the upload is composite: only a full-object checksum
 * can be added by S3. If the upload has no algorithm of its own, a part can have any.
 */
function partAlgorithm(
  upload: UploadChecksum,
  given: ChecksumAlgorithm | undefined,
): ChecksumAlgorithm {
  const optional = given === undefined && upload.type === "FULL_OBJECT";
  if (optional || !upload.asked || given === upload.algorithm) return upload.algorithm;
  const expected = upload.algorithm.toLowerCase();
  throw new S3Error("InvalidRequest", {
    message: `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${given?.toLowerCase() ?? "null"}`,
  });
}
