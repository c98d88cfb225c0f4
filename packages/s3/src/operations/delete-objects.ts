import { receiveText } from "../body/receive.ts";
import type { S3Context } from "../context.ts";
import { notImplemented, S3Error } from "../error.ts";
import { MAX_DELETE_DOCUMENT_BYTES, MAX_PAGE } from "../limits.ts";
import { NULL_VERSION } from "../object/version.ts";
import { xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import { child, children, childText, parseRoot, type XmlChild, type XmlElement } from "../xml.ts";
import { authorizeDelete, deleteOne, type Deletion } from "./delete-object.ts";
import { tokenId } from "../store/sequence.ts";
import { checkKey, requestedBucket } from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export async function deleteObjects(context: S3Context, request: S3Request): Promise<Reply> {
  requestedBucket(context, request);
  requireDigest(request);
  const root = parseRoot(await receiveText(request, MAX_DELETE_DOCUMENT_BYTES), "Delete");
  const quiet = childText(root, "Quiet")?.trim() === "true";
  const objects = children(root, "Object");
  if (objects.length === 0 || objects.length > MAX_PAGE) throw new S3Error("MalformedXML");
  const deletions = objects.map(readDeletion);

  const results = context.store.write(() => {
    const current = requestedBucket(context, request);
    return deletions.map((deletion): XmlChild | undefined => {
      try {
        checkKey(deletion.key);
        checkDeletedVersion(deletion);
        authorizeDelete(context, request, current, deletion);
        const { versionId, marker } = deleteOne(context, request, current, deletion);
        return quiet ? undefined : deleted(deletion, versionId, marker);
      } catch (error) {
        if (error instanceof S3Error) return failed(deletion, error);
        throw error;
      }
    });
  });
  return xmlReply(
    "DeleteResult",
    results.filter((result) => result !== undefined),
  );
}

/** S3 rejects a DeleteObjects request without a digest. */
function requireDigest(request: S3Request): void {
  const trailer = request.header("x-amz-trailer");
  const checksums = request.headerNames("x-amz-checksum-");
  if (request.header("content-md5") ?? trailer ?? checksums[0]) return;
  throw new S3Error("InvalidRequest", {
    message: "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
  });
}

/**
 * S3 answers a malformed version id with NoSuchVersion here, and with InvalidArgument in
 * DeleteObject.
 */
function checkDeletedVersion({ key, versionId }: Deletion): void {
  const known = versionId === undefined || versionId === NULL_VERSION || tokenId(versionId);
  if (known !== undefined) return;
  throw new S3Error("NoSuchVersion", { details: { Key: key, VersionId: versionId ?? "" } });
}

function readDeletion(object: XmlElement): Deletion {
  const key = child(object, "Key")?.text;
  if (key === undefined || key === "") throw new S3Error("MalformedXML");
  for (const name of ["LastModifiedTime", "Size"]) {
    if (child(object, name)) throw notImplemented(`"${name}" in a deletion`);
  }
  return {
    key,
    versionId: childText(object, "VersionId"),
    ifMatch: childText(object, "ETag"),
  };
}

function deleted(
  { key, versionId: requested }: Deletion,
  versionId: string | undefined,
  marker: boolean,
): XmlChild {
  return [
    "Deleted",
    [
      ["Key", key],
      ["VersionId", requested],
      ["DeleteMarker", marker ? true : undefined],
      ["DeleteMarkerVersionId", marker ? versionId : undefined],
    ],
  ];
}

function failed({ key, versionId }: Deletion, error: S3Error): XmlChild {
  return [
    "Error",
    [
      ["Key", key],
      ["VersionId", versionId],
      ["Code", error.code],
      ["Message", error.message],
    ],
  ];
}
