import { errorFor, type ServiceError, xmlError } from "../../edge/error-response.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Front, HttpResponse } from "../../edge/front.ts";
import { MAX_BODY_BYTES } from "../../edge/limits.ts";
import { SnsError } from "./error.ts";
import { snsNeeds } from "./iam.ts";
import { handleSns, type SnsContext } from "./operations.ts";
import { parseQuery, queryResponse } from "./query.ts";

/** SNS in its Query protocol. */
export const snsFront = (context: SnsContext): Front => ({
  name: "sns",
  title: "SNS",
  route: { signedFor: "sns" },
  signingName: "sns",
  maxBodyBytes: MAX_BODY_BYTES,
  parse(_request, body) {
    const { operation, input } = parseQuery(body.toString());
    return {
      operation,
      needs: snsNeeds(operation, input, context.place),
      text: () => body.toString(),
      perform: async () => perform(context, operation, input),
    };
  },
  errorResponse: (problem) => xmlError(errorFor(problem, FAULTS, "query")),
});

async function perform(
  context: SnsContext,
  operation: string,
  input: Record<string, unknown>,
): Promise<HttpResponse> {
  try {
    return queryResponse(operation, await handleSns(context, operation, input));
  } catch (error) {
    if (!(error instanceof SnsError)) throw error;
    return xmlError(error);
  }
}

// "Common errors" in the Amazon SNS API reference.
const FAULTS: Record<InjectedError, ServiceError> = {
  throttle: { status: 400, code: "Throttled", message: "Rate exceeded" },
  error: { status: 500, code: "InternalError", message: "Internal error" },
  deny: {
    status: 403,
    code: "AuthorizationError",
    message: "The caller is not authorized to perform this operation.",
  },
};
