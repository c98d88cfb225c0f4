import type { S3Access } from "@waybill/s3";

import type { Authority } from "../../edge/authority.ts";
import type { Caller } from "../../edge/caller.ts";

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
