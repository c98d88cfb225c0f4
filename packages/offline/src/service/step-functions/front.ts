import {
  parseStepFunctionsRequest,
  renderStepFunctionsResponse,
  type StepFunctions,
  StepFunctionsError,
} from "@waybill/step-functions";

import { errorFor, jsonError, newRequestId, type ServiceError } from "../../edge/error-response.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Front, HttpResponse } from "../../edge/front.ts";
import { MAX_BODY_BYTES } from "../../edge/limits.ts";
import { statesNeeds } from "./iam.ts";

/** Step Functions in its JSON protocol. */
export const stepFunctionsFront = (engine: StepFunctions): Front => ({
  name: "states",
  title: "Step Functions",
  route: { target: "AWSStepFunctions.", signedFor: "states" },
  signingName: "states",
  maxBodyBytes: MAX_BODY_BYTES,
  parse(request, body) {
    try {
      const { operation, input } = parseStepFunctionsRequest(request.headers, body);
      return {
        operation,
        needs: statesNeeds(operation, input),
        text: () => body.toString(),
        perform: async () =>
          engine
            .handle({ operation, input })
            .then((output) => renderStepFunctionsResponse(output, newRequestId()), rejected),
      };
    } catch (error) {
      return rejected(error);
    }
  },
  errorResponse: (problem) => jsonError(errorFor(problem, FAULTS, "json")),
});

function rejected(error: unknown): HttpResponse {
  if (error instanceof StepFunctionsError)
    return renderStepFunctionsResponse(error, newRequestId());
  throw error;
}

// "Common errors" in the Step Functions API reference.
const FAULTS: Record<InjectedError, ServiceError> = {
  throttle: { status: 400, code: "ThrottlingException", message: "Rate exceeded" },
  error: { status: 500, code: "InternalFailure", message: "Internal error" },
  deny: {
    status: 400,
    code: "AccessDeniedException",
    message: "The caller is not authorized to perform this operation.",
  },
};
