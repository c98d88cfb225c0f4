import { createHash } from "node:crypto";
import { authorize, objectArn } from "../access.ts";
import {
  CHECKSUM_ALGORITHMS,
  checksumElement,
  checksumHeader,
  compositeChecksum,
  fullObjectChecksum,
} from "../body/checksum.ts";
import { receiveText } from "../body/receive.ts";
import type { S3Context } from "../context.ts";
import { S3Error } from "../error.ts";
import { MAX_COMPLETE_DOCUMENT_BYTES, MAX_OBJECT_BYTES, MIN_PART_BYTES } from "../limits.ts";
import { notify } from "../notification/notify.ts";
import {
  checkWrite,
  matchesEtag,
  writeConditions,
  type WriteConditions,
} from "../object/condition.ts";
import { addsChecksum, encryptionHeaders, etagIsMd5 } from "../object/encryption.ts";
import type { ObjectChecksum, ObjectVersion } from "../object/version.ts";
import { randomName } from "../random.ts";
import { xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { Bucket } from "../store/buckets.ts";
import type { Part, Upload } from "../store/uploads.ts";
import type { NewObject } from "../store/versions.ts";
import { children, childText, parseRoot, type XmlElement } from "../xml.ts";
import { checksumElements } from "./checksums.ts";
import { requestedBucket, readKey, writtenHeader } from "./target.ts";
import { findUpload, noSuchUpload } from "./upload.ts";

/**
 * Creates an object from the parts of an upload. The parts become the content of the object without
 * being copied. A repeated request gets the same response while the object exists, as on AWS, so
 * that a client can retry after a lost response.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export async function completeMultipartUpload(
  context: S3Context,
  request: S3Request,
): Promise<Reply> {
  const { store } = context;
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  authorize(request, "s3:PutObject", objectArn(bucket.name, key));
  const conditions = writeConditions(request);
  if (!findUpload(context, request, bucket, key)) throw noSuchUpload(request);
  const listed = readParts(
    await receiveText(request, MAX_COMPLETE_DOCUMENT_BYTES, "of the object"),
  );

  return store.write(() => {
    // The bucket and the upload can have changed while the document was received.
    const current = requestedBucket(context, request);
    const upload = findUpload(context, request, current, key);
    if (!upload) throw noSuchUpload(request);
    const parts = selectParts(context, upload, listed);
    if (!upload.open) {
      const made = store.versions.madeFrom(upload.id);
      if (!made || parts.length !== store.uploads.parts(upload.id).length) {
        throw noSuchUpload(request);
      }
      return reply(context, request, current, made);
    }
    checkSizes(request, parts);
    checkNoConflict(conditions, upload, store.versions.newest(current, key));
    const checksum = objectChecksum(upload, parts);
    checkRequestedChecksum(request, upload, checksum);
    const kept = upload.checksum.asked || addsChecksum(upload.attributes.encryption);
    store.uploads.complete(upload, new Set(parts.map(({ number }) => number)));
    const completed: NewObject = {
      key,
      size: totalSize(parts),
      etag: multipartEtag(upload, parts),
      storageClass: upload.storageClass,
      attributes: { ...upload.attributes, ...(kept && { checksum }) },
      tags: upload.tags,
      content: { upload: upload.id },
      place: { id: upload.id, modified: upload.initiated },
    };
    const isHidden = isSuperseded(context, current, upload);
    const object = isHidden
      ? store.versions.unseen(current, completed)
      : store.versions.put(current, completed);
    if (isHidden) store.uploads.remove(upload.id);
    const change = { event: "ObjectCreated:CompleteMultipartUpload", object } as const;
    notify(context, current, change, request.origin);
    return reply(context, request, current, object);
  });
}

/**
 * Whether an upload is never seen, because a later request took precedence. With versioning, its version
 * is kept, and its place in the history of the key is that of the start of the upload: "the current
 * version of the object is determined by which upload started most recently".
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
function isSuperseded({ store, behavior }: S3Context, bucket: Bucket, upload: Upload): boolean {
  if (bucket.settings.versioning === "Enabled" || behavior.supersededUploads === "visible") {
    return false;
  }
  const newest = store.versions.newest(bucket, upload.key);
  return upload.disturbed || (newest !== undefined && newest.id > upload.id);
}

/** A conditional upload fails if its key was written or deleted since the upload was created. */
function checkNoConflict(
  conditions: WriteConditions,
  upload: Upload,
  current: ObjectVersion | undefined,
): void {
  const { ifMatch, ifNoneMatch } = conditions;
  checkWrite(conditions, upload.key, current);
  if (ifMatch === undefined && ifNoneMatch === undefined) return;
  if (!upload.disturbed && (!current || current.id < upload.id)) return;
  const Condition = ifMatch === undefined ? "If-None-Match" : "If-Match";
  throw new S3Error("ConditionalRequestConflict", { details: { Condition, Key: upload.key } });
}

interface ListedPart {
  readonly number: number;
  readonly etag: string;
  readonly element: XmlElement;
}

function readParts(text: string): ListedPart[] {
  const listed =
    text.trim() === "" ? [] : children(parseRoot(text, "CompleteMultipartUpload"), "Part");
  const parts = listed.map((element): ListedPart => {
    const number = childText(element, "PartNumber")?.trim() ?? "";
    const etag = childText(element, "ETag")?.trim();
    if (!/^\d{1,5}$/.test(number) || etag === undefined) throw new S3Error("MalformedXML");
    return { number: Number(number), etag, element };
  });
  if (parts.length === 0) {
    throw new S3Error("InvalidRequest", { message: "You must specify at least one part" });
  }
  return parts;
}

/**
 * Returns the listed parts. Throws `InvalidPartOrder`, or `InvalidPart` if one differs from what
 * was uploaded.
 */
function selectParts(context: S3Context, upload: Upload, listed: readonly ListedPart[]): Part[] {
  const stored = new Map(context.store.uploads.parts(upload.id).map((part) => [part.number, part]));
  let last = 0;
  return listed.map(({ number, etag, element }) => {
    if (number <= last)
      throw new S3Error("InvalidPartOrder", { details: { UploadId: upload.token } });
    last = number;
    const part = stored.get(number);
    if (!part || !matchesEtag(etag, part.etag) || etag === "*") {
      throw invalidPart(upload, number, etag);
    }
    checkPartChecksum(upload, part, element);
    return part;
  });
}

function invalidPart(upload: Upload, number: number, etag: string): S3Error {
  return new S3Error("InvalidPart", {
    details: { UploadId: upload.token, PartNumber: String(number), ETag: etag.replaceAll('"', "") },
  });
}

function checkPartChecksum(upload: Upload, part: Part, element: XmlElement): void {
  const { algorithm, type, asked } = upload.checksum;
  for (const name of CHECKSUM_ALGORITHMS) {
    const given = childText(element, checksumElement(name));
    if (given === undefined) {
      if (name === algorithm && asked && type === "COMPOSITE") {
        throw new S3Error("InvalidRequest", {
          message: `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.number} in the request.`,
        });
      }
    } else if (name === algorithm ? given.trim() !== part.checksum.value : asked) {
      throw invalidPart(upload, part.number, part.etag);
    }
  }
}

function checkSizes(request: S3Request, parts: readonly Part[]): void {
  for (const part of parts.slice(0, -1)) {
    if (part.size >= MIN_PART_BYTES) continue;
    throw new S3Error("EntityTooSmall", {
      details: {
        ProposedSize: String(part.size),
        MinSizeAllowed: String(MIN_PART_BYTES),
        PartNumber: String(part.number),
        ETag: part.etag,
      },
    });
  }
  const size = totalSize(parts);
  if (size > MAX_OBJECT_BYTES) throw new S3Error("EntityTooLarge");
  const expected = request.header("x-amz-mp-object-size");
  if (expected !== undefined && expected !== String(size)) {
    throw new S3Error("InvalidRequest", {
      message: `The provided 'x-amz-mp-object-size' header value ${expected} does not match what was computed: ${size}`,
    });
  }
}

function totalSize(parts: readonly Part[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

function objectChecksum(upload: Upload, parts: readonly Part[]): ObjectChecksum {
  const { algorithm, type } = upload.checksum;
  const checksum =
    type === "COMPOSITE"
      ? compositeChecksum(
          algorithm,
          parts.map((part) => part.checksum),
        )
      : fullObjectChecksum(algorithm, parts);
  return { ...checksum, type };
}

function checkRequestedChecksum(
  request: S3Request,
  upload: Upload,
  checksum: ObjectChecksum,
): void {
  const type = request.header("x-amz-checksum-type");
  const mode = upload.checksum.asked ? checksum.type : "null";
  if (type !== undefined && type !== mode) {
    throw new S3Error("InvalidRequest", {
      message: `The upload was created using the ${mode} checksum mode. The complete request must use the same checksum mode.`,
    });
  }
  const expected = request.header(checksumHeader(checksum.algorithm));
  if (expected === undefined) return;
  // A client can omit the number of parts in a composite checksum.
  if (expected === checksum.value || expected === checksum.value.split("-", 1)[0]) return;
  throw new S3Error("BadDigest", {
    message: `The ${checksum.algorithm.toLowerCase()} you specified did not match the calculated checksum.`,
  });
}

/** Returns the MD5 of the concatenated MD5s of the parts, and the number of parts. */
function multipartEtag(upload: Upload, parts: readonly Part[]): string {
  const md5 = createHash("md5");
  for (const part of parts) md5.update(Buffer.from(part.etag, "hex"));
  const digest = etagIsMd5(upload.attributes.encryption) ? md5.digest() : randomName(16);
  return `${digest.toString("hex")}-${parts.length}`;
}

function reply(
  context: S3Context,
  request: S3Request,
  bucket: Bucket,
  object: ObjectVersion,
): Reply {
  const host = request.header("host") ?? `s3.${context.region}.amazonaws.com`;
  const path = object.key.split("/").map(encodeURIComponent).join("/");
  return xmlReply(
    "CompleteMultipartUploadResult",
    [
      ["Location", `http://${host}/${bucket.name}/${path}`],
      ["Bucket", bucket.name],
      ["Key", object.key],
      ["ETag", `"${object.etag}"`],
      ...checksumElements(object.attributes.checksum),
    ],
    {
      ...encryptionHeaders(object.attributes.encryption),
      ...writtenHeader(bucket, object),
    },
  );
}
