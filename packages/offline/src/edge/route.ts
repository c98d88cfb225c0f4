import type { IncomingMessage } from "node:http";

import { jsonError, xmlError } from "./error-response.ts";
import type { Front, HttpResponse } from "./front.ts";

/** Finds the service of a request: by path or target, or else by the service of its signature. */
export function frontFor(request: IncomingMessage, fronts: readonly Front[]): Front | undefined {
  const target = String(request.headers["x-amz-target"] ?? "");
  const marked = fronts.find(
    ({ route }) =>
      (route.path !== undefined && request.url?.startsWith(route.path) === true) ||
      (route.target !== undefined && target.startsWith(route.target)),
  );
  if (marked) return marked;
  const signedFor = serviceSignedFor(request);
  return fronts.find(({ route }) =>
    signedFor === undefined ? route.unsigned === true : route.signedFor === signedFor,
  );
}

/**
 * Returns the service in the credential scope, `<key>/<date>/<region>/<service>/aws4_request`, of a
 * signature, which is not verified here.
 */
function serviceSignedFor({ headers, url }: IncomingMessage): string | undefined {
  const header = /Credential=([^,\s]+)/.exec(headers.authorization ?? "")?.[1];
  const scope = header ?? new URLSearchParams(url?.split("?")[1]).get("X-Amz-Credential") ?? "";
  return scope.split("/").at(-2);
}

/**
 * Returns the error response to a request for a service that offline does not run. It is XML if the
 * request is a form, as in the Query protocol, and JSON otherwise. SDKs do not retry the status
 * 501.
 */
export function unknownService(request: IncomingMessage, fronts: readonly Front[]): HttpResponse {
  const service = serviceSignedFor(request) ?? "";
  const titles = fronts.map(({ title }) => title).join(", ");
  const error = {
    status: 501,
    code: "NotImplemented",
    message: `offline does not run "${service}". It runs ${titles}.`,
  };
  if (!request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    const response = jsonError(error);
    return { ...response, headers: { ...response.headers, "x-amzn-errortype": error.code } };
  }
  return xmlError(error);
}
