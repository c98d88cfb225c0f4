import { errorFor, jsonError, newRequestId, type ServiceError } from "../../edge/error-response.ts";
import { isBody } from "../../edge/derivation.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Front, HttpResponse } from "../../edge/front.ts";
import { MAX_BODY_BYTES } from "../../edge/limits.ts";
import type { Place } from "../../edge/requirement.ts";
import type { Dynamo } from "./dynamo.ts";
import { dynamodbNeeds, STREAMS_TARGET, type Tables } from "./iam.ts";
import { STREAM_OPERATIONS, StreamsError, type StreamsOptions } from "./streams/operations.ts";

const DYNAMODB_ERRORS = "com.amazonaws.dynamodb.v20120810";

export interface DynamoFrontOptions {
  engine: Dynamo;
  place: Place;
  tables: Tables;
  streams: StreamsOptions;
}

/** DynamoDB and DynamoDB Streams in their JSON protocol. */
export const dynamodbFront = ({ engine, place, tables, streams }: DynamoFrontOptions): Front => ({
  name: "dynamodb",
  title: "DynamoDB",
  route: { target: "DynamoDB", signedFor: "dynamodb" },
  signingName: "dynamodb",
  maxBodyBytes: MAX_BODY_BYTES,
  parse(request, body) {
    const target = String(request.headers["x-amz-target"] ?? "");
    const [service, operation = "Unknown"] = target.split(".");
    const input = jsonOf(body);
    return {
      operation,
      needs: dynamodbNeeds(target, input, place, tables),
      text: () => body.toString(),
      perform: () =>
        service === STREAMS_TARGET
          ? performStreams(operation, input, streams)
          : (describeTimeToLive(operation, input, engine) ?? engine.handle(target, body)),
    };
  },
  errorResponse: (problem) => jsonError(errorFor(problem, FAULTS, "json")),
});

/** Returns the response about a table with Time to Live, which dynalite does not have. */
function describeTimeToLive(
  operation: string,
  input: unknown,
  engine: Dynamo,
): Promise<HttpResponse> | undefined {
  if (operation !== "DescribeTimeToLive" || !isBody(input)) return undefined;
  const AttributeName = engine.timeToLive.attributeOf(
    String(input["TableName"]).split("/").at(-1) ?? "",
  );
  if (AttributeName === undefined) return undefined;
  const TimeToLiveDescription = { TimeToLiveStatus: "ENABLED", AttributeName };
  return Promise.resolve(jsonResponse({ TimeToLiveDescription }));
}

const jsonResponse = (output: unknown): HttpResponse => ({
  status: 200,
  headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": newRequestId() },
  body: JSON.stringify(output),
});

async function performStreams(
  operation: string,
  input: unknown,
  options: StreamsOptions,
): Promise<HttpResponse> {
  try {
    // `dynamodbNeeds` denies unknown operations.
    return jsonResponse(await STREAM_OPERATIONS[operation]?.(input, options));
  } catch (error) {
    if (!(error instanceof StreamsError)) throw error;
    const { code, message } = error;
    const prefix = code === "ValidationException" ? "com.amazon.coral.validate" : DYNAMODB_ERRORS;
    return jsonError({ status: 400, code: `${prefix}#${code}`, message });
  }
}

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
    code: `${DYNAMODB_ERRORS}#ProvisionedThroughputExceededException`,
    message: "The level of configured provisioned throughput for the table was exceeded.",
  },
  error: {
    status: 500,
    code: `${DYNAMODB_ERRORS}#InternalServerError`,
    message: "Internal server error",
  },
  deny: {
    status: 400,
    code: "com.amazon.coral.service#AccessDeniedException",
    message: "The caller is not authorized to perform this operation.",
  },
};
