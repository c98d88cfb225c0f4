import type { S3Context } from "./context.ts";
import { notImplemented, S3Error } from "./error.ts";
import { OVERRIDE_PARAMETERS } from "./object/attributes.ts";
import { abortMultipartUpload } from "./operations/abort-multipart-upload.ts";
import { getBucketNotification, putBucketNotification } from "./operations/bucket-notification.ts";
import * as settings from "./operations/bucket-settings.ts";
import * as buckets from "./operations/buckets.ts";
import { completeMultipartUpload } from "./operations/complete-multipart-upload.ts";
import { copyObject } from "./operations/copy-object.ts";
import { createMultipartUpload } from "./operations/create-multipart-upload.ts";
import { deleteObject } from "./operations/delete-object.ts";
import { deleteObjects } from "./operations/delete-objects.ts";
import { getObject, headObject } from "./operations/get-object.ts";
import { getObjectAttributes } from "./operations/get-object-attributes.ts";
import { listMultipartUploads } from "./operations/list-multipart-uploads.ts";
import { listObjects, listObjectsV2 } from "./operations/list-objects.ts";
import { listObjectVersions } from "./operations/list-object-versions.ts";
import { listParts } from "./operations/list-parts.ts";
import { getObjectAcl } from "./operations/object-acl.ts";
import {
  deleteObjectTagging,
  getObjectTagging,
  putObjectTagging,
} from "./operations/object-tagging.ts";
import { putObject } from "./operations/put-object.ts";
import { restoreObject } from "./operations/restore-object.ts";
import { uploadPart } from "./operations/upload-part.ts";
import { uploadPartCopy } from "./operations/upload-part-copy.ts";
import type { Reply } from "./reply.ts";
import type { S3Request } from "./request.ts";

type Operation = (context: S3Context, request: S3Request) => Reply | Promise<Reply>;
type Scope = "service" | "bucket" | "object";

/** Which requests an operation answers. */
interface Route {
  readonly operation: Operation;
  /** Query parameters that must be there: they choose the operation. */
  readonly needs?: readonly string[];
  /** Query parameters that may be there. */
  readonly takes?: readonly string[];
  /** A header that must be there. */
  readonly header?: string;
}

const LIST = ["prefix", "delimiter", "encoding-type"];

/** Where two routes fit, the first one counts. */
const ROUTES: Readonly<Record<string, readonly Route[]>> = {
  "GET service": [
    {
      operation: buckets.listBuckets,
      takes: ["prefix", "max-buckets", "continuation-token", "bucket-region"],
    },
  ],
  "HEAD bucket": [{ operation: buckets.headBucket }],
  "DELETE bucket": [
    { operation: settings.deleteBucketTagging, needs: ["tagging"] },
    { operation: buckets.deleteBucket },
  ],
  "PUT bucket": [
    { operation: buckets.putBucketVersioning, needs: ["versioning"] },
    { operation: putBucketNotification, needs: ["notification"] },
    { operation: settings.putBucketTagging, needs: ["tagging"] },
    { operation: buckets.createBucket },
  ],
  "POST bucket": [{ operation: deleteObjects, needs: ["delete"] }],
  "GET bucket": [
    { operation: settings.getBucketLocation, needs: ["location"] },
    { operation: buckets.getBucketVersioning, needs: ["versioning"] },
    { operation: getBucketNotification, needs: ["notification"] },
    { operation: settings.getBucketTagging, needs: ["tagging"] },
    { operation: settings.getBucketPolicy, needs: ["policy"] },
    { operation: settings.getBucketPolicyStatus, needs: ["policyStatus"] },
    { operation: settings.getBucketLifecycle, needs: ["lifecycle"] },
    { operation: settings.getPublicAccessBlock, needs: ["publicAccessBlock"] },
    { operation: settings.getBucketEncryption, needs: ["encryption"] },
    { operation: settings.getBucketOwnershipControls, needs: ["ownershipControls"] },
    { operation: settings.getBucketAcl, needs: ["acl"] },
    { operation: settings.getBucketCors, needs: ["cors"] },
    { operation: settings.getBucketWebsite, needs: ["website"] },
    { operation: settings.getBucketReplication, needs: ["replication"] },
    { operation: settings.getObjectLockConfiguration, needs: ["object-lock"] },
    { operation: settings.getBucketLogging, needs: ["logging"] },
    { operation: settings.getBucketAccelerate, needs: ["accelerate"] },
    { operation: settings.getBucketRequestPayment, needs: ["requestPayment"] },
    {
      operation: listMultipartUploads,
      needs: ["uploads"],
      takes: [...LIST, "key-marker", "upload-id-marker", "max-uploads"],
    },
    {
      operation: listObjectVersions,
      needs: ["versions"],
      takes: [...LIST, "key-marker", "version-id-marker", "max-keys"],
    },
    {
      operation: listObjectsV2,
      needs: ["list-type"],
      takes: [...LIST, "max-keys", "continuation-token", "start-after", "fetch-owner"],
    },
    { operation: listObjects, takes: [...LIST, "max-keys", "marker"] },
  ],
  "HEAD object": [
    { operation: headObject, takes: ["versionId", "partNumber", ...OVERRIDE_PARAMETERS] },
  ],
  "GET object": [
    { operation: getObjectTagging, needs: ["tagging"], takes: ["versionId"] },
    { operation: getObjectAttributes, needs: ["attributes"], takes: ["versionId"] },
    { operation: getObjectAcl, needs: ["acl"], takes: ["versionId"] },
    {
      operation: listParts,
      needs: ["uploadId"],
      takes: ["max-parts", "part-number-marker", "encoding-type"],
    },
    { operation: getObject, takes: ["versionId", "partNumber", ...OVERRIDE_PARAMETERS] },
  ],
  "PUT object": [
    { operation: putObjectTagging, needs: ["tagging"], takes: ["versionId"] },
    {
      operation: uploadPartCopy,
      needs: ["uploadId", "partNumber"],
      header: "x-amz-copy-source",
    },
    { operation: uploadPart, needs: ["uploadId", "partNumber"] },
    { operation: copyObject, header: "x-amz-copy-source" },
    { operation: putObject },
  ],
  "POST object": [
    { operation: createMultipartUpload, needs: ["uploads"] },
    { operation: completeMultipartUpload, needs: ["uploadId"] },
    { operation: restoreObject, needs: ["restore"], takes: ["versionId"] },
  ],
  "DELETE object": [
    { operation: deleteObjectTagging, needs: ["tagging"], takes: ["versionId"] },
    { operation: abortMultipartUpload, needs: ["uploadId"] },
    { operation: deleteObject, takes: ["versionId"] },
  ],
};

/** Parameters of presigned URLs in their oldest form. */
const SIGNATURE = new Set([
  "AWSAccessKeyId",
  "Signature",
  "Expires",
  "content-type",
  "content-md5",
]);

/**
 * Finds the operation that a request asks for. A query parameter that the operation does not know may
 * mean another operation altogether, so it is refused: never is `?acl` read as a plain GET or PUT.
 */
export function route(request: S3Request): Operation {
  const { query } = request.target;
  const scope = scopeOf(request);
  if (request.method === "OPTIONS") throw new S3Error("AccessForbidden");
  const found = ROUTES[`${request.method} ${scope}`]?.find(
    ({ needs = [], header }) =>
      needs.every((name) => query.has(name)) &&
      (header === undefined || request.header(header) !== undefined),
  );
  if (!found) throw noRoute(request, scope);
  const known = new Set([...(found.needs ?? []), ...(found.takes ?? [])]);
  for (const name of query.keys()) {
    // S3 leaves names that begin with "x-" to its users, and to clients that name the operation.
    if (known.has(name) || SIGNATURE.has(name) || name.toLowerCase().startsWith("x-")) continue;
    throw notImplemented(`"?${name}" with ${request.method} on ${article(scope)}`);
  }
  return found.operation;
}

function scopeOf(request: S3Request): Scope {
  if (request.target.bucket === undefined) return "service";
  return request.target.key === undefined ? "bucket" : "object";
}

function noRoute(request: S3Request, scope: Scope): S3Error {
  if (request.method === "POST" && scope !== "service") {
    return notImplemented(
      request.target.query.size > 0
        ? `"?${[...request.target.query.keys()].join("&")}" with POST on ${article(scope)}`
        : `An upload by a browser form`,
    );
  }
  return new S3Error("MethodNotAllowed", {
    details: { Method: request.method, ResourceType: scope.toUpperCase() },
  });
}

function article(scope: Scope): string {
  return scope === "object" ? "an object" : `a ${scope}`;
}
