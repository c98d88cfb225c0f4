import type { IncomingMessage } from "node:http";
import { fromWire, percentDecode } from "./encoding.ts";
import { S3Error } from "./error.ts";
import { HeaderFields } from "./header-fields.ts";
import type { EventOrigin } from "./notification/event.ts";
import { randomName } from "./random.ts";

/** Who makes a request. */
export interface S3Caller {
  readonly accessKeyId: string;
  /** "AROA…:name" or the like, for `userIdentity.principalId`. */
  readonly principalId: string;
  readonly sourceIp: string;
}

/** What the caller may do. */
export interface S3Access {
  /** Throws nothing; false = AccessDenied. Context keys as IAM names them, such as "s3:prefix". */
  allows: Allows;
  /** The same, where a no refuses nothing, but leaves something out of the answer. */
  maySee: Allows;
}

type Allows = (action: string, resourceArn: string, context?: Record<string, string>) => boolean;

/** What a request is about: the service, a bucket, or a key in it. */
export interface Target {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
}

const ORIGIN = /^https?:\/\/[^/?]*/i;

/**
 * Takes a request target apart. `url` must be raw, as it came over the wire: keys such as "a/../b" and
 * "//" are kept verbatim, percent-decoded once. In virtual-host style the host gives `bucket`.
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

/** In a query, unlike in a path, "+" is a space. The first of equal names wins. */
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

/** One request, taken apart but not yet understood. */
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

/** Names for one request, in the form of S3's. The host id is the same while this process runs. */
export function newRequestIds(): RequestIds {
  let requestId = "";
  for (const byte of randomName(REQUEST_ID_LENGTH)) requestId += DIGITS[byte % 32] ?? "";
  return { requestId, hostId: HOST_ID };
}
