import { MAX_QUERY_STRING_BYTES } from "./limits.ts";
import { HttpError } from "./problem.ts";

/**
 * Parses a query string in form encoding, in which `+` is a space. A parameter that occurs several times becomes
 * an array. Throws an `HttpError` if the string is too long or not percent-encoded UTF-8.
 */
export function parseQueryString(queryString: string): Record<string, string | string[]> {
  if (queryString.length > MAX_QUERY_STRING_BYTES) {
    throw new HttpError(
      414,
      "api.query_too_long",
      `The query string has more than ${MAX_QUERY_STRING_BYTES} bytes.`,
      { help: "Shorten the parameters; GET /openapi.json has the limit of each." },
    );
  }
  const parameters = new Map<string, string | string[]>();
  for (const pair of queryString.split("&")) {
    if (pair === "") continue;
    const at = pair.includes("=") ? pair.indexOf("=") : pair.length;
    const name = decode(pair.slice(0, at), "The name of a parameter");
    const value = decode(pair.slice(at + 1), `The parameter ${name}`);
    const before = parameters.get(name);
    parameters.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(parameters);
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new HttpError(400, "api.bad_encoding", `${what} is not percent-encoded UTF-8.`, {
      help: "Percent-encode the UTF-8 bytes; a percent sign is %25, a plus sign %2B.",
    });
  }
}
