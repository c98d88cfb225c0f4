import { authorize, objectArn, objectContext } from "../access.ts";
import { checksumElement } from "../body/checksum.ts";
import type { S3Context } from "../context.ts";
import { invalidArgument, S3Error } from "../error.ts";
import { MAX_PAGE } from "../limits.ts";
import { checkCustomerKey } from "../object/encryption.ts";
import type { ObjectChecksum, ObjectVersion } from "../object/version.ts";
import { xmlReply, type Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { XmlChild } from "../xml.ts";
import { checksumElements } from "./checksums.ts";
import {
  findVersion,
  requireObject,
  requestedBucket,
  readKey,
  readVersionId,
  versionHeader,
} from "./target.ts";

const KNOWN = new Set(["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]);

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export function getObjectAttributes(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  const versionId = readVersionId(request);
  const found = findVersion(context, bucket, key, versionId);
  const version = versionId === undefined ? "" : "Version";
  const access = objectContext(found, versionId);
  const arn = objectArn(bucket.name, key);
  authorize(request, `s3:GetObject${version}`, arn, access);
  authorize(request, `s3:GetObject${version}Attributes`, arn, access);
  const wanted = readWanted(request);
  const object = requireObject(request, bucket, found, { key, versionId });
  checkCustomerKey(request, object.attributes.encryption);
  const { checksum } = object.attributes;
  return xmlReply(
    "GetObjectAttributesResponse",
    [
      ["ETag", wanted.has("ETag") ? object.etag : undefined],
      ["Checksum", wanted.has("Checksum") && checksum ? describeChecksum(checksum) : undefined],
      [
        "ObjectParts",
        wanted.has("ObjectParts") && object.upload !== undefined
          ? describeParts(context, request, object, object.upload)
          : undefined,
      ],
      ["StorageClass", wanted.has("StorageClass") ? object.storageClass : undefined],
      ["ObjectSize", wanted.has("ObjectSize") ? object.size : undefined],
    ],
    { "Last-Modified": new Date(object.modified).toUTCString(), ...versionHeader(bucket, object) },
  );
}

function readWanted(request: S3Request): ReadonlySet<string> {
  const header = request.header("x-amz-object-attributes") ?? "";
  const names = header.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !KNOWN.has(name));
  if (unknown === undefined) return new Set(names);
  if (header === "") {
    throw new S3Error("InvalidRequest", {
      message:
        "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
    });
  }
  throw invalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", unknown);
}

/** Only in this operation, S3 returns a composite checksum without the number of parts. */
function describeChecksum({ value, ...checksum }: ObjectChecksum): XmlChild[] {
  return checksumElements({ ...checksum, value: value.split("-", 1)[0] ?? "" });
}

/** S3 lists the parts only if the object has a composite checksum. */
function describeParts(
  context: S3Context,
  request: S3Request,
  object: ObjectVersion,
  upload: number,
): XmlChild[] {
  const all = context.store.uploads.parts(upload);
  if (object.attributes.checksum?.type !== "COMPOSITE") return [["PartsCount", all.length]];
  const limit = Math.min(number(request, "x-amz-max-parts", MAX_PAGE), MAX_PAGE);
  const marker = number(request, "x-amz-part-number-marker", 0);
  // The parts of an object are numbered from 1, even if their numbers in the upload had gaps.
  const numbered = all.map((part, index) => ({ ...part, number: index + 1 }));
  const page = numbered.filter((part) => part.number > marker).slice(0, limit);
  const last = page.at(-1)?.number;
  return [
    ["PartsCount", all.length],
    ["PartNumberMarker", marker],
    ["NextPartNumberMarker", last ?? 0],
    ["MaxParts", limit],
    ["IsTruncated", last !== undefined && last < all.length],
    ...page.map((part): XmlChild => [
      "Part",
      [
        ["PartNumber", part.number],
        ["Size", part.size],
        [checksumElement(part.checksum.algorithm), part.checksum.value],
      ],
    ]),
  ];
}

function number(request: S3Request, name: string, absent: number): number {
  const text = request.header(name);
  if (text === undefined) return absent;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalidArgument(`Argument ${name} must be an integer`, name, text);
}
