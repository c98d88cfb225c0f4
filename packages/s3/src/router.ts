import type { IncomingHttpHeaders } from "node:http";
import { notImplemented, S3Error } from "./error.ts";
import { HeaderFields } from "./header-fields.ts";
import { parseTarget, type S3Request, type Target } from "./request.ts";
import { ROUTES, type Operation, type Route, type Scope } from "./routes.ts";

/** Parameters of URLs that are presigned with Signature Version 2. */
const SIGNATURE = new Set([
  "AWSAccessKeyId",
  "Signature",
  "Expires",
  "content-type",
  "content-md5",
]);

/** The parts of a request that select its operation. */
type Selectors = Pick<S3Request, "method" | "target" | "header">;

/** Returns the operation that answers the request. Throws `S3Error` if there is none. */
export function route(request: S3Request): Operation {
  return find(request).operation;
}

/** A request as it arrives: `url` in raw form, header names in lower case. */
export interface IncomingRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The bucket of a virtual-hosted-style request. */
  readonly bucket?: string | undefined;
}

/**
 * Returns the name that the S3 API has for the operation of a request, such as
 * "ListObjectVersions". Returns undefined for a request that no route supports.
 */
export function operationOf({ method, url, headers, bucket }: IncomingRequest): string | undefined {
  try {
    const target = parseTarget(url, bucket);
    const fields = new HeaderFields(headers, target.query);
    return find({ method, target, header: (name) => fields.get(name) }).name;
  } catch (error) {
    if (error instanceof S3Error) return undefined;
    throw error;
  }
}

/**
 * Finds the route of a request. Rejects a query parameter that the route does not declare, because
 * it may select another operation: `?acl` must never be read as a plain GET or PUT.
 */
function find(request: Selectors): Route {
  const { query } = request.target;
  const scope = scopeOf(request.target);
  if (request.method === "OPTIONS") throw new S3Error("AccessForbidden");
  const found = ROUTES[`${request.method} ${scope}`]?.find(
    ({ required = [], header }) =>
      required.every((name) => query.has(name)) &&
      (header === undefined || request.header(header) !== undefined),
  );
  if (!found) throw noRoute(request, scope);
  const declared = new Set([...(found.required ?? []), ...(found.optional ?? [])]);
  for (const name of query.keys()) {
    // S3 ignores names that begin with "x-"; the SDKs send the operation's name in `x-id`.
    if (declared.has(name) || SIGNATURE.has(name) || name.toLowerCase().startsWith("x-")) continue;
    throw notImplemented(`"?${name}" with ${request.method} on ${article(scope)}`);
  }
  return found;
}

function scopeOf({ bucket, key }: Target): Scope {
  if (bucket === undefined) return "service";
  return key === undefined ? "bucket" : "object";
}

function noRoute(request: Selectors, scope: Scope): S3Error {
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
