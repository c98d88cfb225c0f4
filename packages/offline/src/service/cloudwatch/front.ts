import { errorFor, jsonError, type ServiceError } from "../../edge/error-response.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Front, HttpResponse } from "../../edge/front.ts";
import { MAX_BODY_BYTES } from "../../edge/limits.ts";
import { cloudwatchNeeds } from "./iam.ts";
import type { Metrics } from "./metrics.ts";
import { CloudWatchError, handleCloudWatch } from "./operations.ts";

/** CloudWatch in its JSON protocol. Its signing name is "monitoring". */
export const cloudwatchFront = (metrics: Metrics): Front => ({
  name: "cloudwatch",
  title: "CloudWatch metrics",
  route: { signedFor: "monitoring" },
  signingName: "monitoring",
  maxBodyBytes: MAX_BODY_BYTES,
  parse(request, body) {
    const operation = String(request.headers["x-amz-target"] ?? "").split(".")[1] ?? "Unknown";
    return {
      operation,
      needs: cloudwatchNeeds(operation),
      text: () => body.toString(),
      perform: async () => perform(metrics, operation, body),
    };
  },
  errorResponse: (problem) => jsonError(errorFor(problem, FAULTS, "json")),
});

function perform(metrics: Metrics, operation: string, body: Buffer): HttpResponse {
  try {
    const output = handleCloudWatch(metrics, operation, JSON.parse(body.toString()));
    return {
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.0" },
      body: JSON.stringify(output),
    };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof SyntaxError) {
      return jsonError({ status: 400, code: "SerializationException", message });
    }
    if (!(error instanceof CloudWatchError)) throw error;
    return jsonError({ status: 400, code: error.code, message });
  }
}

// "Common errors" in the CloudWatch API reference.
const FAULTS: Record<InjectedError, ServiceError> = {
  throttle: { status: 400, code: "ThrottlingException", message: "Rate exceeded" },
  error: { status: 500, code: "InternalServiceFault", message: "Internal error" },
  deny: {
    status: 403,
    code: "AccessDenied",
    message: "The caller is not authorized to perform this operation.",
  },
};
