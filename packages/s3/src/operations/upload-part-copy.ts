import { authorize, objectArn, writeContext } from "../access.ts";
import { checksumElement } from "../body/checksum.ts";
import { rereadBody } from "../body/reread.ts";
import type { S3Context } from "../context.ts";
import { checkPartKey, encryptionHeaders } from "../object/encryption.ts";
import { readCopyRange } from "../object/range.ts";
import { xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import { checkCopySize, readCopySource } from "./copy-source.ts";
import { simpleEtag } from "./put-object.ts";
import { isoSeconds, requestedBucket, readKey } from "./target.ts";
import { requireOpenUpload, readPartNumber } from "./upload.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export async function uploadPartCopy(context: S3Context, request: S3Request): Promise<Reply> {
  const { store } = context;
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  authorize(request, "s3:PutObject", objectArn(bucket.name, key), writeContext(request, undefined));
  const number = readPartNumber(request);
  const upload = requireOpenUpload(context, request, bucket, key);
  checkPartKey(request, upload.attributes.encryption);
  const source = readCopySource(context, request);
  const { size } = source.object;
  const range = readCopyRange(request.header("x-amz-copy-source-range"), size) ?? {
    start: 0,
    end: size,
  };
  checkCopySize(range.end - range.start);
  const segments = store.versions.segments(source.object);
  const copied = await rereadBody(store.bodies, segments, range, upload.checksum.algorithm);
  try {
    const part = store.write(() => {
      const still = requireOpenUpload(context, request, bucket, key);
      return store.uploads.putPart(still, {
        number,
        size: copied.body.size,
        etag: simpleEtag(upload.attributes.encryption, copied.md5),
        body: store.bodies.claim(copied.body),
        checksum: copied.checksum,
      });
    });
    const { algorithm, value } = part.checksum;
    return xmlReply(
      "CopyPartResult",
      [
        ["LastModified", isoSeconds(part.modified)],
        ["ETag", `"${part.etag}"`],
        [checksumElement(algorithm), upload.checksum.asked ? value : undefined],
      ],
      { ...source.headers, ...encryptionHeaders(upload.attributes.encryption) },
    );
  } catch (error) {
    await store.bodies.discard(copied.body);
    throw error;
  }
}
