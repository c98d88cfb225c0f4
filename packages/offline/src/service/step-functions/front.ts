import { handle, type StepFunctions, StepFunctionsError } from "@waybill/step-functions";

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
    const operation = String(request.headers["x-amz-target"] ?? "").split(".")[1] ?? "Unknown";
    let input: unknown;
    try {
      input = JSON.parse(body.toString());
    } catch (error) {
      const { message } = error as Error;
      return jsonError({ status: 400, code: "SerializationException", message });
    }
    return {
      operation,
      needs: statesNeeds(operation, input),
      text: () => body.toString(),
      perform: async () => perform(engine, operation, input),
    };
  },
  errorResponse: (problem) => jsonError(errorFor(problem, FAULTS, "json")),
});

function perform(engine: StepFunctions, operation: string, input: unknown): HttpResponse {
  try {
    return {
      status: 200,
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amzn-requestid": newRequestId(),
      },
      body: JSON.stringify(handle(engine, operation, input)),
    };
  } catch (error) {
    if (!(error instanceof StepFunctionsError)) throw error;
    return jsonError({ status: 400, code: error.code, message: error.message });
  }
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
