import { errorFor, jsonError, newRequestId, type ServiceError } from "../../edge/error-response.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Front, HttpResponse } from "../../edge/front.ts";
import { MAX_BODY_BYTES } from "../../edge/limits.ts";
import { eventsNeeds } from "./iam.ts";
import { type EventsContext, EventsError, handleEvents } from "./operations.ts";

/** EventBridge in its JSON protocol. */
export const eventsFront = (context: EventsContext): Front => ({
  name: "events",
  title: "EventBridge",
  route: { target: "AWSEvents.", signedFor: "events" },
  signingName: "events",
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
      needs: eventsNeeds(operation, input, context.place),
      text: () => body.toString(),
      perform: async () => perform(context, operation, input),
    };
  },
  errorResponse: (problem) => jsonError(errorFor(problem, FAULTS, "json")),
});

function perform(context: EventsContext, operation: string, input: unknown): HttpResponse {
  try {
    return {
      status: 200,
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amzn-requestid": newRequestId(),
      },
      body: JSON.stringify(handleEvents(context, operation, input)),
    };
  } catch (error) {
    if (!(error instanceof EventsError)) throw error;
    return jsonError({ status: 400, code: error.code, message: error.message });
  }
}

// "Common errors" in the EventBridge API reference.
const FAULTS: Record<InjectedError, ServiceError> = {
  throttle: { status: 400, code: "ThrottlingException", message: "Rate exceeded" },
  error: { status: 500, code: "InternalException", message: "Internal error" },
  deny: {
    status: 400,
    code: "AccessDeniedException",
    message: "The caller is not authorized to perform this operation.",
  },
};
