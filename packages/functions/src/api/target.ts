import { HttpError } from "./problem.ts";

/** What a request asks for, as it was sent: still percent-encoded. */
export interface Target {
  readonly path: string;
  readonly query: string;
}

/** Longer than any request that every limit allows. */
const MAX_QUERY = 16 * 1024;

/**
 * A path's steps `.` and `..` never arrive as they were meant: clients resolve them before they send
 * (WHATWG URL, "path state"), encoded or not, and so do those on the way.
 */
const STEPS = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** Throws an `HttpError` for a path that may not be the one that was meant. */
export function checkPath({ path }: Target): void {
  if (!STEPS.test(path)) return;
  throw new HttpError(
    400,
    "api.ambiguous_path",
    "The path holds a segment that is . or .. alone.",
    {
      help: "Ask for such a key by GET /file?key=..., with the key percent-encoded.",
    },
  );
}

/**
 * The object key of a path below `/files/`, verbatim: decoded once, `+` is a plus. Throws an
 * `HttpError` if it is not percent-encoded UTF-8.
 */
export function keyOf({ path }: Target): string {
  const key = decode(path.slice("/files/".length));
  if (key !== undefined) return key;
  throw new HttpError(
    400,
    "api.bad_encoding",
    "The key in the path is not percent-encoded UTF-8.",
    {
      help: "Encode the key's UTF-8 bytes; a percent sign is %25. Slashes may stay as they are.",
    },
  );
}

/**
 * The parameters of a query string, form-encoded: `+` is a space. One that is given more than once is a list.
 * Throws an `HttpError` if the string is too long or not percent-encoded UTF-8.
 */
export function parametersOf({ query }: Target): Record<string, string | string[]> {
  if (query.length > MAX_QUERY) {
    throw new HttpError(
      414,
      "api.query_too_long",
      `The query string has more than ${MAX_QUERY} bytes.`,
      { help: "Ask for less at once; no parameter may be that long." },
    );
  }
  const parameters = new Map<string, string | string[]>();
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const at = pair.includes("=") ? pair.indexOf("=") : pair.length;
    const name = decodeForm(pair.slice(0, at), "A parameter's name");
    const value = decodeForm(pair.slice(at + 1), `The parameter ${name}`);
    const before = parameters.get(name);
    parameters.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(parameters);
}

function decodeForm(text: string, what: string): string {
  const decoded = decode(text.replaceAll("+", " "));
  if (decoded !== undefined) return decoded;
  throw new HttpError(400, "api.bad_encoding", `${what} is not percent-encoded UTF-8.`, {
    help: "Encode the UTF-8 bytes; a percent sign is %25, a plus sign %2B.",
  });
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
