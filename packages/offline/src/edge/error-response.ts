import { randomBytes } from "node:crypto";

import { awsError } from "@waybill/iam";

import type { InjectedError } from "./faults.ts";
import type { Answer, Problem } from "./front.ts";

/** An error as a service names it. */
export interface ServiceError {
  status: number;
  code: string;
  message: string;
}

/** The error that a service answers for a problem. `faults` are its own errors, by what was injected. */
export function errorFor(
  problem: Problem,
  faults: Readonly<Record<InjectedError, ServiceError>>,
  protocol: "s3" | "json" | "query",
): ServiceError {
  switch (problem.kind) {
    case "signature":
      return awsError(problem.failure, protocol);
    case "fault":
      return faults[problem.fault];
    case "denied":
      return { ...faults.deny, message: problem.message };
    case "too_large":
      return {
        status: 413,
        code: "RequestEntityTooLarge",
        message: `The request is larger than ${problem.maxBytes} bytes.`,
      };
  }
}

/** An error in AWS's JSON protocols. */
export function jsonError({ status, code, message }: ServiceError): Answer {
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": newRequestId() },
    body: JSON.stringify({ __type: code, message }),
  };
}

/** An error in AWS's Query protocol. */
export function xmlError({ status, code, message }: ServiceError): Answer {
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
