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
import { theBucket, theKey } from "./target.ts";
import { openUpload, thePartNumber } from "./the-upload.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export async function uploadPart(context: S3Context, request: S3Request): Promise<Reply> {
  const { store } = context;
  const bucket = theBucket(context, request);
  const key = theKey(request);
  authorize(request, "s3:PutObject", objectArn(bucket.name, key));
  const number = thePartNumber(request);
  const upload = openUpload(context, request, bucket, key);
  checkPartKey(request, upload.attributes.encryption);
  const received = await receiveBody(request, store.bodies, (announced) =>
    partAlgorithm(upload.checksum, announced?.algorithm),
  );
  try {
    const part = store.write(() => {
      const still = openUpload(context, request, bucket, key);
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
 * A part must come with the checksum that its upload was created with; only one of the full object can
 * S3 compute by itself. An upload created without one takes parts with any, and keeps S3's own.
 */
function partAlgorithm(
  upload: UploadChecksum,
  given: ChecksumAlgorithm | undefined,
): ChecksumAlgorithm {
  const free = given === undefined && upload.type === "FULL_OBJECT";
  if (free || !upload.asked || given === upload.algorithm) return upload.algorithm;
  const expected = upload.algorithm.toLowerCase();
  throw new S3Error("InvalidRequest", {
    message: `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${given?.toLowerCase() ?? "null"}`,
  });
}
