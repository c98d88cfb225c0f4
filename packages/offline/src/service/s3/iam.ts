import type { S3Access } from "@waybill/s3";

import type { Authority } from "../../edge/authority.ts";
import type { Caller } from "../../edge/caller.ts";

/** What a caller may do, for S3, which checks each action that a request turns out to need. */
export function accessOf({ principal, sourceIp }: Caller, authority: Authority): S3Access {
  const own = { "aws:SourceIp": sourceIp };
  return {
    allows: (action, resource, context = {}) =>
      !authority.deny(principal, [{ action, resource, context }], own),
    maySee: (action, resource, context = {}) =>
      authority.allows(principal, { action, resource, context }, own),
  };
}
