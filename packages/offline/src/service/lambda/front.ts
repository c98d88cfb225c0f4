import { jsonError, type ServiceError } from "../../edge/error-response.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Front, HttpResponse, Problem } from "../../edge/front.ts";
import { callUrl, type FunctionUrls, preflightOf, URL_PATH } from "./function-urls.ts";
import { functionUrlNeeds } from "./iam.ts";
import { MAX_REQUEST_BYTES } from "./limits.ts";

/** Function URLs. Offline does not support other calls of Lambda. */
export const functionUrlFront = (urls: FunctionUrls): Front => ({
  name: "lambda",
  title: "function URLs",
  route: { path: URL_PATH },
  signingName: "lambda",
  maxBodyBytes: MAX_REQUEST_BYTES,
  // A function without IAM authentication can use the Authorization header itself.
  isPublic: (request) => {
    const url = urls.find(request.url ?? "");
    return url?.authorization !== "AWS_IAM" || preflightOf(url, request) !== undefined;
  },
  parse(request, body) {
    const url = urls.find(request.url ?? "");
    if (!url) return messageResponse(404, "Not Found");
    const preflight = preflightOf(url, request);
    if (preflight) return preflight;
    const { arn } = url.fn.settings;
    return {
      operation: "InvokeFunctionUrl",
      needs: functionUrlNeeds(arn, url.authorization),
      text: () => request.url ?? "",
      perform: () => callUrl(url, request, body),
    };
  },
  errorResponse(problem: Problem): HttpResponse {
    switch (problem.kind) {
      // A function URL does not say what is wrong with a signature.
      case "signature":
      case "denied":
        return messageResponse(403, "Forbidden");
      case "too_large":
        return messageResponse(413, "Request Entity Too Large");
      case "fault":
        return jsonError(FAULTS[problem.fault]);
    }
  },
});

const FAULTS: Record<InjectedError, ServiceError> = {
  throttle: { status: 429, code: "TooManyRequestsException", message: "Rate Exceeded." },
  error: { status: 500, code: "ServiceException", message: "Internal error" },
  deny: { status: 403, code: "AccessDeniedException", message: "Forbidden" },
};

/** Returns an error response as Lambda writes it. */
const messageResponse = (status: number, message: string): HttpResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ Message: message }),
});
