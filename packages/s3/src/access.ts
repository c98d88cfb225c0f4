import { S3Error } from "./error.ts";
import type { ObjectVersion } from "./object/version.ts";
import type { S3Request } from "./request.ts";

export type AccessContext = Record<string, string>;

export function bucketArn(bucket: string): string {
  return `arn:aws:s3:::${bucket}`;
}

export function objectArn(bucket: string, key: string): string {
  return `${bucketArn(bucket)}/${key}`;
}

/**
 * Throws `AccessDenied` unless the caller may perform the action. Actions and context keys are
 * those of
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html.
 */
export function authorize(
  request: S3Request,
  action: `s3:${string}`,
  resource: string,
  context: AccessContext = {},
): void {
  if (request.access.allows(action, resource, context)) return;
  throw new S3Error("AccessDenied", {
    message: `User: ${request.caller.principalId} is not authorized to perform: ${action} on resource: "${resource}"`,
  });
}

/** Returns the condition context of reading or changing one object, which need not exist. */
export function objectContext(
  object: ObjectVersion | undefined,
  versionId: string | undefined,
): AccessContext {
  const context: AccessContext = {};
  if (versionId !== undefined) context["s3:VersionId"] = versionId;
  for (const [key, value] of Object.entries(object?.tags ?? {})) {
    context[`s3:ExistingObjectTag/${key}`] = value;
  }
  return context;
}

const WRITE_HEADERS = [
  "x-amz-acl",
  "x-amz-copy-source",
  "x-amz-metadata-directive",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-storage-class",
  "x-amz-website-redirect-location",
];

/**
 * Returns the condition context of writing an object: headers that a policy can test, and the new
 * tags.
 */
export function writeContext(
  request: S3Request,
  tags: Readonly<Record<string, string>> | undefined,
): AccessContext {
  const context: AccessContext = {};
  for (const name of WRITE_HEADERS) {
    const value = request.header(name);
    if (value !== undefined) context[`s3:${name}`] = value;
  }
  for (const [key, value] of Object.entries(tags ?? {})) {
    context[`s3:RequestObjectTag/${key}`] = value;
  }
  return context;
}

/**
 * Returns the error for a key that does not exist. A caller without `s3:ListBucket` gets
 * `AccessDenied` instead (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html,
 * "Permissions").
 */
export function notFoundError(request: S3Request, bucket: string, error: S3Error): S3Error {
  return request.access.maySee("s3:ListBucket", bucketArn(bucket))
    ? error
    : new S3Error("AccessDenied");
}
