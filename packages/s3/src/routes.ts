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

/** An operation and the requests that it answers. */
export interface Route {
  /** The operation's name in the S3 API. */
  readonly name: string;
  readonly operation: Operation;
  /** Query parameters that must be present: they select the operation. */
  readonly needs?: readonly string[];
  /** Query parameters that may be present. */
  readonly takes?: readonly string[];
  /** A header that must be present. */
  readonly header?: string;
}

const LIST = ["prefix", "delimiter", "encoding-type"];

/** Routes by method and scope. The first route that matches a request answers it. */
export const ROUTES: Readonly<Record<string, readonly Route[]>> = {
  "GET service": [
    {
      name: "ListBuckets",
      operation: buckets.listBuckets,
      takes: ["prefix", "max-buckets", "continuation-token", "bucket-region"],
    },
  ],
  "HEAD bucket": [{ name: "HeadBucket", operation: buckets.headBucket }],
  "DELETE bucket": [
    { name: "DeleteBucketTagging", operation: settings.deleteBucketTagging, needs: ["tagging"] },
    { name: "DeleteBucket", operation: buckets.deleteBucket },
  ],
  "PUT bucket": [
    { name: "PutBucketVersioning", operation: buckets.putBucketVersioning, needs: ["versioning"] },
    {
      name: "PutBucketNotificationConfiguration",
      operation: putBucketNotificationConfiguration,
      needs: ["notification"],
    },
    { name: "PutBucketTagging", operation: settings.putBucketTagging, needs: ["tagging"] },
    { name: "CreateBucket", operation: buckets.createBucket },
  ],
  "POST bucket": [{ name: "DeleteObjects", operation: deleteObjects, needs: ["delete"] }],
  "GET bucket": [
    { name: "GetBucketLocation", operation: settings.getBucketLocation, needs: ["location"] },
    { name: "GetBucketVersioning", operation: buckets.getBucketVersioning, needs: ["versioning"] },
    {
      name: "GetBucketNotificationConfiguration",
      operation: getBucketNotificationConfiguration,
      needs: ["notification"],
    },
    { name: "GetBucketTagging", operation: settings.getBucketTagging, needs: ["tagging"] },
    { name: "GetBucketPolicy", operation: settings.getBucketPolicy, needs: ["policy"] },
    {
      name: "GetBucketPolicyStatus",
      operation: settings.getBucketPolicyStatus,
      needs: ["policyStatus"],
    },
    {
      name: "GetBucketLifecycleConfiguration",
      operation: settings.getBucketLifecycleConfiguration,
      needs: ["lifecycle"],
    },
    {
      name: "GetPublicAccessBlock",
      operation: settings.getPublicAccessBlock,
      needs: ["publicAccessBlock"],
    },
    { name: "GetBucketEncryption", operation: settings.getBucketEncryption, needs: ["encryption"] },
    {
      name: "GetBucketOwnershipControls",
      operation: settings.getBucketOwnershipControls,
      needs: ["ownershipControls"],
    },
    { name: "GetBucketAcl", operation: settings.getBucketAcl, needs: ["acl"] },
    { name: "GetBucketCors", operation: settings.getBucketCors, needs: ["cors"] },
    { name: "GetBucketWebsite", operation: settings.getBucketWebsite, needs: ["website"] },
    {
      name: "GetBucketReplication",
      operation: settings.getBucketReplication,
      needs: ["replication"],
    },
    {
      name: "GetObjectLockConfiguration",
      operation: settings.getObjectLockConfiguration,
      needs: ["object-lock"],
    },
    { name: "GetBucketLogging", operation: settings.getBucketLogging, needs: ["logging"] },
    {
      name: "GetBucketAccelerateConfiguration",
      operation: settings.getBucketAccelerateConfiguration,
      needs: ["accelerate"],
    },
    {
      name: "GetBucketRequestPayment",
      operation: settings.getBucketRequestPayment,
      needs: ["requestPayment"],
    },
    {
      name: "ListMultipartUploads",
      operation: listMultipartUploads,
      needs: ["uploads"],
      takes: [...LIST, "key-marker", "upload-id-marker", "max-uploads"],
    },
    {
      name: "ListObjectVersions",
      operation: listObjectVersions,
      needs: ["versions"],
      takes: [...LIST, "key-marker", "version-id-marker", "max-keys"],
    },
    {
      name: "ListObjectsV2",
      operation: listObjectsV2,
      needs: ["list-type"],
      takes: [...LIST, "max-keys", "continuation-token", "start-after", "fetch-owner"],
    },
    { name: "ListObjects", operation: listObjects, takes: [...LIST, "max-keys", "marker"] },
  ],
  "HEAD object": [
    {
      name: "HeadObject",
      operation: headObject,
      takes: ["versionId", "partNumber", ...OVERRIDE_PARAMETERS],
    },
  ],
  "GET object": [
    {
      name: "GetObjectTagging",
      operation: getObjectTagging,
      needs: ["tagging"],
      takes: ["versionId"],
    },
    {
      name: "GetObjectAttributes",
      operation: getObjectAttributes,
      needs: ["attributes"],
      takes: ["versionId"],
    },
    { name: "GetObjectAcl", operation: getObjectAcl, needs: ["acl"], takes: ["versionId"] },
    {
      name: "ListParts",
      operation: listParts,
      needs: ["uploadId"],
      takes: ["max-parts", "part-number-marker", "encoding-type"],
    },
    {
      name: "GetObject",
      operation: getObject,
      takes: ["versionId", "partNumber", ...OVERRIDE_PARAMETERS],
    },
  ],
  "PUT object": [
    {
      name: "PutObjectTagging",
      operation: putObjectTagging,
      needs: ["tagging"],
      takes: ["versionId"],
    },
    {
      name: "UploadPartCopy",
      operation: uploadPartCopy,
      needs: ["uploadId", "partNumber"],
      header: "x-amz-copy-source",
    },
    { name: "UploadPart", operation: uploadPart, needs: ["uploadId", "partNumber"] },
    { name: "CopyObject", operation: copyObject, header: "x-amz-copy-source" },
    { name: "PutObject", operation: putObject },
  ],
  "POST object": [
    { name: "CreateMultipartUpload", operation: createMultipartUpload, needs: ["uploads"] },
    { name: "CompleteMultipartUpload", operation: completeMultipartUpload, needs: ["uploadId"] },
    { name: "RestoreObject", operation: restoreObject, needs: ["restore"], takes: ["versionId"] },
  ],
  "DELETE object": [
    {
      name: "DeleteObjectTagging",
      operation: deleteObjectTagging,
      needs: ["tagging"],
      takes: ["versionId"],
    },
    { name: "AbortMultipartUpload", operation: abortMultipartUpload, needs: ["uploadId"] },
    { name: "DeleteObject", operation: deleteObject, takes: ["versionId"] },
  ],
};
