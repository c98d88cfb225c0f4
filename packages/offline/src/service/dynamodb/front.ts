import { errorFor, jsonError, type ServiceError } from "../../edge/error-response.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Front } from "../../edge/front.ts";
import { MAX_BODY_BYTES } from "../../edge/limits.ts";
import type { Place } from "../../edge/requirement.ts";
import type { Dynamo } from "./dynamo.ts";
import { dynamodbNeeds, type Tables } from "./iam.ts";

/** DynamoDB in its JSON protocol. */
export const dynamodbFront = (engine: Dynamo, place: Place, tables: Tables): Front => ({
  name: "dynamodb",
  title: "DynamoDB",
  route: { target: "DynamoDB_", signedFor: "dynamodb" },
  signingName: "dynamodb",
  maxBodyBytes: MAX_BODY_BYTES,
  parse(request, body) {
    const target = String(request.headers["x-amz-target"] ?? "");
    return {
      operation: target.split(".")[1] ?? "Unknown",
      needs: dynamodbNeeds(target, jsonOf(body), place, tables),
      text: () => body.toString(),
      perform: () => engine.handle(target, body),
    };
  },
  errorResponse: (problem) => jsonError(errorFor(problem, FAULTS, "json")),
});

/** Returns undefined for a body that is not JSON. Such a request is denied. */
function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined; // not JSON
  }
}

// "Error handling with DynamoDB" in the DynamoDB Developer Guide.
const FAULTS: Record<InjectedError, ServiceError> = {
  throttle: {
    status: 400,
    code: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    message: "The level of configured provisioned throughput for the table was exceeded.",
  },
  error: {
    status: 500,
    code: "com.amazonaws.dynamodb.v20120810#InternalServerError",
    message: "Internal server error",
  },
  deny: {
    status: 400,
    code: "com.amazon.coral.service#AccessDeniedException",
    message: "The caller is not authorized to perform this operation.",
  },
};
