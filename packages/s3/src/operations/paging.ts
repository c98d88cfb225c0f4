import { formEncode } from "../encoding.ts";
import { invalidArgument } from "../error.ts";
import type { S3Request } from "../request.ts";

const MAX_ENTRIES = 1000;
const MAX_INT = 2 ** 31 - 1;

/** A `max-…` parameter: 1,000 where it is absent or greater. */
export function readLimit(request: S3Request, name: string): number {
  const text = request.query(name);
  if (text === undefined || text === "") return MAX_ENTRIES;
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
  return Math.min(value, MAX_ENTRIES);
}

export interface ListEncoding {
  /** What stands in `EncodingType`. */
  readonly type: "url" | undefined;
  /** Keys, prefixes, delimiters and markers go through this. */
  readonly write: (text: string) => string;
}

/** How a list is to write keys. Only with "url" can every key be written. */
export function readEncoding(request: S3Request): ListEncoding {
  const type = request.query("encoding-type");
  if (type === undefined) return { type: undefined, write: (text) => text };
  if (type === "url") return { type, write: formEncode };
  throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", type);
}
