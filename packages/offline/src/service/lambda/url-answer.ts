import { validateHeaderName, validateHeaderValue } from "node:http";

import * as z from "zod";

import type { Answer } from "../../edge/front.ts";
import { OfflineError } from "../../ground/error.ts";

const Structured = z.object({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.nullish(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  cookies: z.nullish(z.array(z.string())),
  body: z.nullish(z.string()),
  isBase64Encoded: z.nullish(z.boolean()),
});

/** What only the server itself can say of an answer. */
const SERVERS = new Set(["connection", "content-length", "keep-alive", "transfer-encoding"]);

/**
 * What a function's URL answers for a function's result (Lambda's guide, "Response payload format"): what has a
 * `statusCode` describes the answer; text is itself the body, and anything else is, as JSON.
 *
 * @param payload JSON.
 * @throws OfflineError `function.bad_answer` when the result cannot be made into an answer.
 */
export function urlAnswer(payload: string): Answer {
  const result: unknown = JSON.parse(payload);
  const headers = { "content-type": "application/json" };
  if (typeof result === "string") return { status: 200, headers, body: Buffer.from(result) };
  if (result === null || typeof result !== "object" || !("statusCode" in result)) {
    return { status: 200, headers, body: Buffer.from(payload) };
  }
  const parsed = Structured.safeParse(result);
  if (!parsed.success) {
    const cause = parsed.error;
    throw new OfflineError("function.bad_answer", `no HTTP answer: ${z.prettifyError(cause)}`, {
      cause,
    });
  }
  const { statusCode, headers: own, cookies, body, isBase64Encoded } = parsed.data;
  const given = Object.entries(own ?? {})
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => !SERVERS.has(name));
  return {
    status: statusCode,
    headers: sendable({
      ...headers,
      ...Object.fromEntries(given),
      ...(cookies ? { "set-cookie": cookies } : {}),
    }),
    body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8"),
  };
}

/** A header with a newline in it, for one, would be taken for two. */
function sendable(headers: Answer["headers"]): Answer["headers"] {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      for (const each of [value].flat()) validateHeaderValue(name, each);
    } catch (cause) {
      throw new OfflineError(
        "function.bad_answer",
        `no HTTP answer: the header ${JSON.stringify(name)} cannot be sent`,
        { cause },
      );
    }
  }
  return headers;
}
