import { randomBytes } from "node:crypto";

import { awsError } from "@waybill/iam";

import type { InjectedError } from "./faults.ts";
import type { HttpResponse, Problem } from "./front.ts";

/** An error, with the code that a service uses for it. */
export interface ServiceError {
  status: number;
  code: string;
  message: string;
}

/**
 * Returns the error with which a service reports a problem. `injected` are its errors for faults.
 */
export function errorFor(
  problem: Problem,
  injected: Readonly<Record<InjectedError, ServiceError>>,
  protocol: "s3" | "json" | "query",
): ServiceError {
  switch (problem.kind) {
    case "signature":
      return awsError(problem.failure, protocol);
    case "fault":
      return injected[problem.fault];
    case "denied":
      return { ...injected.deny, message: problem.message };
    case "too_large":
      return {
        status: 413,
        code: "RequestEntityTooLarge",
        message: `The request is larger than ${problem.maxBytes} bytes.`,
      };
  }
}

/** Returns an error response in AWS's JSON protocol. */
export function jsonError({ status, code, message }: ServiceError): HttpResponse {
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": newRequestId() },
    body: JSON.stringify({ __type: code, message }),
  };
}

/** Returns an error response in AWS's Query protocol. */
export function xmlError({ status, code, message }: ServiceError): HttpResponse {
  const error = `<Error><Type>Sender</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error>`;
  return {
    status,
    headers: { "content-type": "text/xml", "x-amzn-requestid": newRequestId() },
    body: `<?xml version="1.0"?>\n<ErrorResponse>${error}</ErrorResponse>`,
  };
}

export const newRequestId = (): string => randomBytes(8).toString("hex").toUpperCase();

export const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
