import type { IncomingHttpHeaders } from "node:http";

import { malformed, StepFunctionsError } from "./error.ts";
import { isObject } from "./json.ts";

export interface ParsedRequest {
  operation: string;
  input: Record<string, unknown>;
}

export interface RenderedResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const TARGET = /^AWSStepFunctions\.(\w+)$/;

/**
 * Parses a request in AWS JSON 1.0. Does not validate the input.
 *
 * Throws `StepFunctionsError` SerializationException if it is not in this protocol.
 */
export function parseStepFunctionsRequest(
  headers: IncomingHttpHeaders,
  body: Buffer,
): ParsedRequest {
  const [, operation] = TARGET.exec(String(headers["x-amz-target"] ?? "")) ?? [];
  if (operation === undefined) {
    throw malformed("The request has no X-Amz-Target header of the form AWSStepFunctions.<name>.");
  }
  if (body.length === 0) return { operation, input: {} };
  let input: unknown;
  try {
    input = JSON.parse(body.toString());
  } catch (cause) {
    throw malformed("The body of the request is not JSON.", cause);
  }
  if (!isObject(input)) throw malformed("The body of the request is not a JSON object.");
  return { operation, input };
}

/** Renders the response to a request: the output of the operation, or its error. */
export function renderStepFunctionsResponse(
  output: Record<string, unknown> | StepFunctionsError,
  requestId: string,
): RenderedResponse {
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": requestId };
  if (!(output instanceof StepFunctionsError)) {
    return { status: 200, headers, body: JSON.stringify(output) };
  }
  const { code, message, status } = output;
  const body = JSON.stringify({ __type: `com.amazonaws.sfn#${code}`, message });
  return { status, headers, body };
}
