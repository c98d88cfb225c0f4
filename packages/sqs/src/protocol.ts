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

/** Returns the protocol of a request. */
export function protocolOf(headers: IncomingHttpHeaders, rawUrl: string): Protocol {
  return headers["x-amz-target"] === undefined && isQueryRequest(headers, rawUrl)
    ? "query"
    : "json";
}

/**
 * Parses a request in either protocol of SQS: AWS JSON 1.0, which current SDKs use, or AWS Query,
 * which older SDKs and Debian's awscli use. Does not validate the input.
 *
 * Throws `SqsError` if it is in neither.
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

/** Renders the response to a request: the output of the operation, or its error. */
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
  // Clients that were written for the Query protocol find its codes here.
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
