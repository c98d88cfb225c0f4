import type { IncomingMessage } from "node:http";

import { operationOf, type S3 } from "@waybill/s3";

import type { Authority } from "../../edge/authority.ts";
import { errorFor, escapeXml, newRequestId, type ServiceError } from "../../edge/error-response.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Front, HttpResponse } from "../../edge/front.ts";
import { accessOf } from "./iam.ts";

/** S3. The engine reads requests, authorizes their actions and writes the responses. */
export const s3Front = (engine: S3, authority: Authority): Front => ({
  name: "s3",
  title: "S3",
  route: { signedFor: "s3", unsigned: true },
  signingName: "s3",
  maxBodyBytes: undefined,
  parse(request) {
    const { method = "GET", url = "/", headers } = request;
    const operation = operationOf({ method, url, headers }) ?? "Unknown";
    return {
      operation,
      needs: { ok: true, requirements: [] },
      text: () => url,
      async perform(caller, { response }) {
        const { accessKeyId, name: principalId, sourceIp } = caller;
        await engine.handle(request, response, {
          caller: { accessKeyId, principalId, sourceIp },
          access: accessOf(caller, authority),
        });
        if (response.statusCode === NOT_IMPLEMENTED) {
          const problem = `offline does not support this S3 request: ${describe(request)}`;
          authority.denyUnknown(caller.principal, `s3:${operation}`, problem);
        }
        return undefined;
      },
    };
  },
  errorResponse: (problem) => errorResponse(errorFor(problem, FAULTS, "s3")),
});

const NOT_IMPLEMENTED = 501;

/**
 * Returns the method and URL for the log, without the values of the query: one can be a signature.
 */
function describe({ method, url = "/" }: IncomingMessage): string {
  const [path = "/", search = ""] = url.split("?");
  const names = [...new URLSearchParams(search).keys()];
  return names.length === 0 ? `${method} ${path}` : `${method} ${path}?${names.join("&")}`;
}

// "Error responses" in the Amazon S3 API reference.
const FAULTS: Record<InjectedError, ServiceError> = {
  throttle: { status: 503, code: "SlowDown", message: "Please reduce your request rate." },
  error: {
    status: 500,
    code: "InternalError",
    message: "We encountered an internal error. Please try again.",
  },
  deny: { status: 403, code: "AccessDenied", message: "Access Denied" },
};

function errorResponse({ status, code, message }: ServiceError): HttpResponse {
  const requestId = newRequestId();
  return {
    status,
    headers: { "content-type": "application/xml", "x-amz-request-id": requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message><RequestId>${requestId}</RequestId></Error>`,
  };
}
