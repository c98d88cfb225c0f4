import { jsonError, type ServiceError } from "../../edge/error-response.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Answer, Front, Problem } from "../../edge/front.ts";
import { callUrl, type FunctionUrls, URL_PATH } from "./function-urls.ts";
import { functionUrlNeeds } from "./iam.ts";
import { MAX_REQUEST_BYTES } from "./limits.ts";

/** Function URLs. Other calls of Lambda are not answered. */
export const functionUrlFront = (urls: FunctionUrls): Front => ({
  name: "lambda",
  title: "function URLs",
  route: { path: URL_PATH },
  signingName: "lambda",
  maxBodyBytes: MAX_REQUEST_BYTES,
  // Without authentication, an Authorization header is for the function itself.
  isPublic: ({ url = "" }) => urls.find(url)?.authorization !== "AWS_IAM",
  parse(request, body) {
    const url = urls.find(request.url ?? "");
    if (!url) return messageResponse(404, "Not Found");
    const { arn } = url.fn.settings;
    return {
      operation: "InvokeFunctionUrl",
      needs: functionUrlNeeds(arn, url.authorization),
      text: () => request.url ?? "",
      perform: () => callUrl(url, request, body),
    };
  },
  errorResponse(problem: Problem): Answer {
    switch (problem.kind) {
      // A function URL says nothing more, whatever is wrong with the signature.
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

/** In Lambda's words and letter case. */
const messageResponse = (status: number, message: string): Answer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ Message: message }),
});
