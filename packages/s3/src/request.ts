import type { IncomingMessage } from "node:http";
import { fromWire, percentDecode } from "./encoding.ts";
import { S3Error } from "./error.ts";
import { HeaderFields } from "./header-fields.ts";
import type { EventOrigin } from "./notification/event.ts";
import { randomName } from "./random.ts";

/** The caller of a request. */
export interface S3Caller {
  readonly accessKeyId: string;
  /** Such as "AROA…:session", for `userIdentity.principalId` in notifications. */
  readonly principalId: string;
  readonly sourceIp: string;
}

/** The permissions of a caller. */
export interface S3Access {
  /**
   * Returns whether the caller may perform the action. If not, the request fails with AccessDenied.
   */
  allows: Allows;
  /**
   * Checks a permission that only decides what the response shows. Denying it does not deny the
   * request.
   */
  maySee: Allows;
}

/** `context` has the condition keys of IAM, such as "s3:prefix". Must not throw. */
type Allows = (action: string, resourceArn: string, context?: Record<string, string>) => boolean;

/** The target of a request: the service, a bucket or a key. */
export interface Target {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
}

const ORIGIN = /^https?:\/\/[^/?]*/i;

/**
 * Parses a request target. `url` must not be normalized: keys such as "a/../b" and "//" are valid,
 * and are percent-decoded once. `bucket` is the bucket of a virtual-hosted-style request. Throws
 * `InvalidURI`.
 */
export function parseTarget(url: string, bucket?: string): Target {
  const raw = fromWire(url).replace(ORIGIN, "");
  const mark = raw.indexOf("?");
  const path = (mark === -1 ? raw : raw.slice(0, mark)).slice(1);
  const query = parseQuery(mark === -1 ? "" : raw.slice(mark + 1));
  if (bucket !== undefined) return { bucket, key: keyOf(path), query };
  const slash = path.indexOf("/");
  const name = decode(slash === -1 ? path : path.slice(0, slash));
  if (name === "" && slash === -1) return { bucket: undefined, key: undefined, query };
  return { bucket: name, key: slash === -1 ? undefined : keyOf(path.slice(slash + 1)), query };
}

function keyOf(path: string): string | undefined {
  return path === "" ? undefined : decode(path);
}

/** In a query, "+" is a space. If a name occurs more than once, the first value counts. */
function parseQuery(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode((equals === -1 ? pair : pair.slice(0, equals)).replaceAll("+", " "));
    const value = equals === -1 ? "" : decode(pair.slice(equals + 1).replaceAll("+", " "));
    if (!query.has(name)) query.set(name, value);
  }
  return query;
}

function decode(text: string): string {
  const decoded = percentDecode(text);
  if (decoded === undefined) throw new S3Error("InvalidURI", { details: { URI: text } });
  return decoded;
}

/** A request whose target and headers are parsed. */
export class S3Request {
  readonly raw: IncomingMessage;
  readonly method: string;
  readonly target: Target;
  readonly caller: S3Caller;
  readonly access: S3Access;
  readonly ids: RequestIds;
  readonly #headers: HeaderFields;

  constructor(
    raw: IncomingMessage,
    parts: { target: Target; caller: S3Caller; access: S3Access; ids: RequestIds },
  ) {
    this.raw = raw;
    this.method = raw.method ?? "GET";
    this.target = parts.target;
    this.caller = parts.caller;
    this.access = parts.access;
    this.ids = parts.ids;
    this.#headers = new HeaderFields(raw.headers, parts.target.query);
  }

  /** Returns the value of a header, by lower-case name; equal names are joined by ", ". */
  header(name: string): string | undefined {
    return this.#headers.get(name);
  }

  /** Returns the lower-case names of the headers that begin with `prefix`. */
  headerNames(prefix: string): string[] {
    return this.#headers.names(prefix);
  }

  query(name: string): string | undefined {
    return this.target.query.get(name);
  }

  get origin(): EventOrigin {
    const { caller, ids } = this;
    return { principalId: `AWS:${caller.principalId}`, sourceIp: caller.sourceIp, ...ids };
  }
}

export interface RequestIds {
  readonly requestId: string;
  readonly hostId: string;
}

const REQUEST_ID_LENGTH = 16;
const HOST_ID_BYTES = 56;
const HOST_ID = randomName(HOST_ID_BYTES).toString("base64");
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Returns new ids in the form of S3's. The host id stays the same while this process runs. */
export function newRequestIds(): RequestIds {
  let requestId = "";
  for (const byte of randomName(REQUEST_ID_LENGTH)) requestId += DIGITS[byte % 32] ?? "";
  return { requestId, hostId: HOST_ID };
}
