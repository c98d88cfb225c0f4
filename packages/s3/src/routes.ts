import type { S3Context } from "./context.ts";
import { OVERRIDE_PARAMETERS } from "./object/attributes.ts";
import { abortMultipartUpload } from "./operations/abort-multipart-upload.ts";
import {
  getBucketNotificationConfiguration,
  putBucketNotificationConfiguration,
} from "./operations/bucket-notification.ts";
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

export type Operation = (context: S3Context, request: S3Request) => Reply | Promise<Reply>;
export type Scope = "service" | "bucket" | "object";

/** An operation, and the requests that select it. */
export interface Route {
  /** The operation's name in the S3 API. */
  readonly name: string;
  readonly operation: Operation;
  /** Query parameters that must be present: they select the operation. */
  readonly required?: readonly string[];
  /** Query parameters that may be present. */
  readonly optional?: readonly string[];
  /** A header that must be present. */
  readonly header?: string;
}

const LIST = ["prefix", "delimiter", "encoding-type"];

/** Routes by method and scope. The first match counts. */
export const ROUTES: Readonly<Record<string, readonly Route[]>> = {
  "GET service": [
    {
      name: "ListBuckets",
      operation: buckets.listBuckets,
      optional: ["prefix", "max-buckets", "continuation-token", "bucket-region"],
    },
  ],
  "HEAD bucket": [{ name: "HeadBucket", operation: buckets.headBucket }],
  "DELETE bucket": [
    { name: "DeleteBucketTagging", operation: settings.deleteBucketTagging, required: ["tagging"] },
    { name: "DeleteBucketPolicy", operation: settings.deleteBucketPolicy, required: ["policy"] },
    { name: "DeleteBucket", operation: buckets.deleteBucket },
  ],
  "PUT bucket": [
    {
      name: "PutBucketVersioning",
      operation: buckets.putBucketVersioning,
      required: ["versioning"],
    },
    {
      name: "PutBucketNotificationConfiguration",
      operation: putBucketNotificationConfiguration,
      required: ["notification"],
    },
    { name: "PutBucketTagging", operation: settings.putBucketTagging, required: ["tagging"] },
    { name: "PutBucketPolicy", operation: settings.putBucketPolicy, required: ["policy"] },
    { name: "CreateBucket", operation: buckets.createBucket },
  ],
  "POST bucket": [{ name: "DeleteObjects", operation: deleteObjects, required: ["delete"] }],
  "GET bucket": [
    { name: "GetBucketLocation", operation: settings.getBucketLocation, required: ["location"] },
    {
      name: "GetBucketVersioning",
      operation: buckets.getBucketVersioning,
      required: ["versioning"],
    },
    {
      name: "GetBucketNotificationConfiguration",
      operation: getBucketNotificationConfiguration,
      required: ["notification"],
    },
    { name: "GetBucketTagging", operation: settings.getBucketTagging, required: ["tagging"] },
    { name: "GetBucketPolicy", operation: settings.getBucketPolicy, required: ["policy"] },
    {
      name: "GetBucketPolicyStatus",
      operation: settings.getBucketPolicyStatus,
      required: ["policyStatus"],
    },
    {
      name: "GetBucketLifecycleConfiguration",
      operation: settings.getBucketLifecycleConfiguration,
      required: ["lifecycle"],
    },
    {
      name: "GetPublicAccessBlock",
      operation: settings.getPublicAccessBlock,
      required: ["publicAccessBlock"],
    },
    {
      name: "GetBucketEncryption",
      operation: settings.getBucketEncryption,
      required: ["encryption"],
    },
    {
      name: "GetBucketOwnershipControls",
      operation: settings.getBucketOwnershipControls,
      required: ["ownershipControls"],
    },
    { name: "GetBucketAcl", operation: settings.getBucketAcl, required: ["acl"] },
    { name: "GetBucketCors", operation: settings.getBucketCors, required: ["cors"] },
    { name: "GetBucketWebsite", operation: settings.getBucketWebsite, required: ["website"] },
    {
      name: "GetBucketReplication",
      operation: settings.getBucketReplication,
      required: ["replication"],
    },
    {
      name: "GetObjectLockConfiguration",
      operation: settings.getObjectLockConfiguration,
      required: ["object-lock"],
    },
    { name: "GetBucketLogging", operation: settings.getBucketLogging, required: ["logging"] },
    {
      name: "GetBucketAccelerateConfiguration",
      operation: settings.getBucketAccelerateConfiguration,
      required: ["accelerate"],
    },
    {
      name: "GetBucketRequestPayment",
      operation: settings.getBucketRequestPayment,
      required: ["requestPayment"],
    },
    {
      name: "ListMultipartUploads",
      operation: listMultipartUploads,
      required: ["uploads"],
      optional: [...LIST, "key-marker", "upload-id-marker", "max-uploads"],
    },
    {
      name: "ListObjectVersions",
      operation: listObjectVersions,
      required: ["versions"],
      optional: [...LIST, "key-marker", "version-id-marker", "max-keys"],
    },
    {
      name: "ListObjectsV2",
      operation: listObjectsV2,
      required: ["list-type"],
      optional: [...LIST, "max-keys", "continuation-token", "start-after", "fetch-owner"],
    },
    { name: "ListObjects", operation: listObjects, optional: [...LIST, "max-keys", "marker"] },
  ],
  "HEAD object": [
    {
      name: "HeadObject",
      operation: headObject,
      optional: ["versionId", "partNumber", ...OVERRIDE_PARAMETERS],
    },
  ],
  "GET object": [
    {
      name: "GetObjectTagging",
      operation: getObjectTagging,
      required: ["tagging"],
      optional: ["versionId"],
    },
    {
      name: "GetObjectAttributes",
      operation: getObjectAttributes,
      required: ["attributes"],
      optional: ["versionId"],
    },
    { name: "GetObjectAcl", operation: getObjectAcl, required: ["acl"], optional: ["versionId"] },
    {
      name: "ListParts",
      operation: listParts,
      required: ["uploadId"],
      optional: ["max-parts", "part-number-marker", "encoding-type"],
    },
    {
      name: "GetObject",
      operation: getObject,
      optional: ["versionId", "partNumber", ...OVERRIDE_PARAMETERS],
    },
  ],
  "PUT object": [
    {
      name: "PutObjectTagging",
      operation: putObjectTagging,
      required: ["tagging"],
      optional: ["versionId"],
    },
    {
      name: "UploadPartCopy",
      operation: uploadPartCopy,
      required: ["uploadId", "partNumber"],
      header: "x-amz-copy-source",
    },
    { name: "UploadPart", operation: uploadPart, required: ["uploadId", "partNumber"] },
    { name: "CopyObject", operation: copyObject, header: "x-amz-copy-source" },
    { name: "PutObject", operation: putObject },
  ],
  "POST object": [
    { name: "CreateMultipartUpload", operation: createMultipartUpload, required: ["uploads"] },
    { name: "CompleteMultipartUpload", operation: completeMultipartUpload, required: ["uploadId"] },
    {
      name: "RestoreObject",
      operation: restoreObject,
      required: ["restore"],
      optional: ["versionId"],
    },
  ],
  "DELETE object": [
    {
      name: "DeleteObjectTagging",
      operation: deleteObjectTagging,
      required: ["tagging"],
      optional: ["versionId"],
    },
    { name: "AbortMultipartUpload", operation: abortMultipartUpload, required: ["uploadId"] },
    { name: "DeleteObject", operation: deleteObject, optional: ["versionId"] },
  ],
};
