import type { IncomingMessage } from "node:http";

import { jsonError, xmlError } from "./error-response.ts";
import type { Answer, Front } from "./front.ts";

/** Finds the service that a request is for: by its path or target, or else by the service that it is signed for. */
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

/** The service in a credential's scope, `<key>/<date>/<region>/<service>/aws4_request`. The signature is not checked here. */
function serviceSignedFor({ headers, url }: IncomingMessage): string | undefined {
  const header = /Credential=([^,\s]+)/.exec(headers.authorization ?? "")?.[1];
  const scope = header ?? new URLSearchParams(url?.split("?")[1]).get("X-Amz-Credential") ?? "";
  return scope.split("/").at(-2);
}

/**
 * The answer to a request for a service that does not run offline, in a form that its client can read: XML for clients that
 * send forms, JSON for others. SDKs do not retry the status 501.
 */
export function unknownService(request: IncomingMessage, fronts: readonly Front[]): Answer {
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
