import type { IncomingHttpHeaders } from "node:http";
import { fromWire } from "./encoding.ts";
import { invalidArgument } from "./error.ts";

/** The headers of a request. A presigned URL carries `x-amz-*` headers as query parameters. */
export class HeaderFields {
  readonly #headers: IncomingHttpHeaders;
  readonly #hoisted = new Map<string, string>();

  /** Throws `InvalidArgument` if a parameter cannot be a header. */
  constructor(headers: IncomingHttpHeaders, query: ReadonlyMap<string, string>) {
    this.#headers = headers;
    for (const [name, value] of query) {
      const lower = name.toLowerCase();
      if (lower.startsWith("x-amz-")) this.#hoisted.set(lower, checkHoisted(lower, value));
    }
  }

  /** Returns the value of a header, by lower-case name; equal names are joined by ", ". */
  get(name: string): string | undefined {
    const value = this.#headers[name];
    if (value === undefined) return this.#hoisted.get(name);
    return fromWire(typeof value === "string" ? value : value.join(", "));
  }

  /** Returns the lower-case names of the headers that begin with `prefix`. */
  names(prefix: string): string[] {
    const names = new Set([...Object.keys(this.#headers), ...this.#hoisted.keys()]);
    return [...names].filter((name) => name.startsWith(prefix));
  }
}

const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
// eslint-disable-next-line no-control-regex -- a header must not contain these
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** Rejects a parameter that Node would have rejected as a header. */
function checkHoisted(name: string, value: string): string {
  if (HEADER_NAME.test(name) && !CONTROL.test(value)) return value;
  throw invalidArgument("This cannot be a header", name, value);
}
