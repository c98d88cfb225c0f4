import type { IncomingHttpHeaders } from "node:http";

import { malformed, SqsError } from "./error.ts";
import { isInput } from "./input.ts";
import { isQueryRequest, parseQuery } from "./query/input.ts";
import { renderQueryError, renderQueryOutput } from "./query/output.ts";

export type Protocol = "json" | "query";

export interface ParsedRequest {
  operation: string;
  input: Record<string, unknown>;
  protocol: Protocol;
}

export interface RenderedResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const TARGET = /^AmazonSQS\.(\w+)$/;

/** What the sender of a request speaks, and so can read. */
export function protocolOf(headers: IncomingHttpHeaders, rawUrl: string): Protocol {
  return headers["x-amz-target"] === undefined && isQueryRequest(headers, rawUrl)
    ? "query"
    : "json";
}

/**
 * Reads a request of either protocol of SQS: AWS JSON 1.0, which SDKs speak now, and AWS Query, which older ones and
 * Debian's awscli speak. What is in the input is not checked here.
 *
 * @throws SqsError when it is neither.
 */
export function parseSqsRequest(
  headers: IncomingHttpHeaders,
  rawUrl: string,
  body: Buffer,
): ParsedRequest {
  const [, operation] = TARGET.exec(String(headers["x-amz-target"] ?? "")) ?? [];
  if (operation !== undefined) return { operation, input: parseJson(body), protocol: "json" };
  if (isQueryRequest(headers, rawUrl)) return { ...parseQuery(rawUrl, body), protocol: "query" };
  throw malformed("The request has neither an X-Amz-Target header nor an Action.");
}

function parseJson(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  let input: unknown;
  try {
    input = JSON.parse(body.toString());
  } catch (cause) {
    throw malformed("The body of the request is not JSON.", cause);
  }
  if (!isInput(input)) throw malformed("The body of the request is not a JSON object.");
  return input;
}

/** The answer to one request: what the operation gave, or why it refused. */
export function renderSqsResponse(
  protocol: Protocol,
  operation: string,
  output: Record<string, unknown> | SqsError,
  requestId: string,
): RenderedResponse {
  const failed = output instanceof SqsError;
  const status = failed ? output.status : 200;
  if (protocol === "query") {
    return {
      status,
      headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
      body: failed
        ? renderQueryError(output, requestId)
        : renderQueryOutput(operation, output, requestId),
    };
  }
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": requestId };
  if (!failed) return { status, headers, body: JSON.stringify(output) };
  // Clients of the JSON protocol that were written for the other one look for its codes here.
  const fault = status >= 500 ? "Receiver" : "Sender";
  return {
    status,
    headers: { ...headers, "x-amzn-query-error": `${output.code};${fault}` },
    body: JSON.stringify({
      __type: `com.amazonaws.sqs#${output.shape}`,
      message: output.message,
    }),
  };
}
