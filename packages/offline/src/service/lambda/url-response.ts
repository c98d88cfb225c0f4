import { validateHeaderName, validateHeaderValue } from "node:http";

import * as z from "zod";

import type { HttpResponse } from "../../edge/front.ts";
import { OfflineError } from "../../ground/error.ts";

const Structured = z.object({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.nullish(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  cookies: z.nullish(z.array(z.string())),
  body: z.nullish(z.string()),
  isBase64Encoded: z.nullish(z.boolean()),
});

/** Headers that only the server sets. */
const SERVER_HEADERS = new Set(["connection", "content-length", "keep-alive", "transfer-encoding"]);

/**
 * Returns the HTTP response for the result of a function, which is JSON (Lambda Developer Guide,
 * "Response payload format"). An object with a `statusCode` describes the response. Any other
 * result is the body, as JSON unless it is a text. Throws `OfflineError`
 * (`function.invalid_response`) if a described response cannot be sent.
 */
export function urlResponse(payload: string): HttpResponse {
  const result: unknown = JSON.parse(payload);
  const headers = { "content-type": "application/json" };
  if (typeof result === "string") return { status: 200, headers, body: Buffer.from(result) };
  if (result === null || typeof result !== "object" || !("statusCode" in result)) {
    return { status: 200, headers, body: Buffer.from(payload) };
  }
  const parsed = Structured.safeParse(result);
  if (!parsed.success) {
    throw invalidResponse(z.prettifyError(parsed.error), parsed.error);
  }
  const { statusCode, headers: own, cookies, body, isBase64Encoded } = parsed.data;
  const given = Object.entries(own ?? {})
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => !SERVER_HEADERS.has(name));
  return {
    status: statusCode,
    headers: validated({
      ...headers,
      ...Object.fromEntries(given),
      ...(cookies ? { "set-cookie": cookies } : {}),
    }),
    body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8"),
  };
}

/** Throws `OfflineError` (`function.invalid_response`) for headers that HTTP does not allow. */
function validated(headers: HttpResponse["headers"]): HttpResponse["headers"] {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      for (const each of [value].flat()) validateHeaderValue(name, each);
    } catch (cause) {
      throw invalidResponse(`the header ${JSON.stringify(name)} is not valid`, cause);
    }
  }
  return headers;
}

function invalidResponse(problem: string, cause: unknown): OfflineError {
  const message = `invalid HTTP response: ${problem}`;
  return new OfflineError("function.invalid_response", message, { cause });
}
