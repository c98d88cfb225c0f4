import { formEncode } from "../encoding.ts";
import { invalidArgument } from "../error.ts";
import { MAX_PAGE } from "../limits.ts";
import type { S3Request } from "../request.ts";

const MAX_INT = 2 ** 31 - 1;

/** Reads a `max-…` parameter. Returns 1,000 if it is absent or greater. */
export function readLimit(request: S3Request, name: string): number {
  const text = request.query(name);
  if (text === undefined || text === "") return MAX_PAGE;
  if (!/^[+-]?\d+$/.test(text)) {
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  }
  const value = Number(text);
  if (value < 0 || value > MAX_INT) {
    throw invalidArgument(
      `Argument ${name} must be an integer between 0 and ${MAX_INT}`,
      name,
      text,
    );
  }
  return Math.min(value, MAX_PAGE);
}

export interface ListEncoding {
  /** The value of `EncodingType`. */
  readonly type: "url" | undefined;
  /** Encodes keys, prefixes, delimiters and markers. */
  readonly write: (text: string) => string;
}

/** Reads `encoding-type`. Without "url", XML cannot represent every key. */
export function readEncoding(request: S3Request): ListEncoding {
  const type = request.query("encoding-type");
  if (type === undefined) return { type: undefined, write: (text) => text };
  if (type === "url") return { type, write: formEncode };
  throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", type);
}
