import type { S3Access } from "@waybill/s3";

import type { Authority } from "../../edge/authority.ts";
import type { Caller } from "../../edge/caller.ts";

/** The condition keys that requirements of this service can have. */
export const S3_CONDITION_KEYS = `
  s3:prefix s3:delimiter s3:max-keys s3:VersionId s3:LocationConstraint s3:ResourceAccount s3:TlsVersion
  s3:ExistingObjectTag/ s3:RequestObjectTag/
  s3:x-amz-acl s3:x-amz-copy-source s3:x-amz-metadata-directive s3:x-amz-storage-class
  s3:x-amz-server-side-encryption s3:x-amz-server-side-encryption-aws-kms-key-id
  s3:x-amz-server-side-encryption-customer-algorithm s3:x-amz-website-redirect-location
`;

/** Returns the permissions of a caller, which the engine of S3 checks during a request. */
export function accessOf({ principal, sourceIp }: Caller, authority: Authority): S3Access {
  const requestContext = { "aws:SourceIp": sourceIp };
  return {
    allows: (action, resource, context = {}) =>
      authority.denialFor(principal, [{ action, resource, context }], requestContext) === undefined,
    maySee: (action, resource, context = {}) =>
      authority.allows(principal, { action, resource, context }, requestContext),
  };
}
