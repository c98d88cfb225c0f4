import type { IncomingMessage } from "node:http";

import { parseSqsRequest, protocolOf, renderSqsResponse, type Sqs, SqsError } from "@waybill/sqs";

import { errorFor, jsonError, type ServiceError } from "../../edge/error-response.ts";
import type { InjectedError } from "../../edge/faults.ts";
import type { Call, Front, HttpResponse, Problem } from "../../edge/front.ts";
import { MAX_BODY_BYTES } from "../../edge/limits.ts";
import { sqsNeeds } from "./iam.ts";

export interface SqsPlace {
  region: string;
  accountId: string;
  endpoint: string;
}

/** SQS in its JSON and Query protocols. */
export const sqsFront = (engine: Sqs, place: SqsPlace): Front => ({
  name: "sqs",
  title: "SQS",
  route: { target: "AmazonSQS.", signedFor: "sqs" },
  signingName: "sqs",
  maxBodyBytes: MAX_BODY_BYTES,
  parse(request, body) {
    try {
      return callOf(engine, place, request, body);
    } catch (error) {
      if (error instanceof SqsError) return render(error, request);
      throw error;
    }
  },
  errorResponse,
});

function callOf(engine: Sqs, place: SqsPlace, request: IncomingMessage, body: Buffer): Call {
  const parsed = parseSqsRequest(request.headers, request.url ?? "/", body);
  const { operation, input, protocol } = parsed;
  return {
    operation,
    needs: sqsNeeds(operation, input, place, engine),
    text: () => body.toString(),
    async perform(caller, { response }) {
      const closed = new AbortController();
      response.once("close", () => closed.abort());
      const { signal } = closed;
      const output = await engine
        .handle({ operation, input, endpoint: place.endpoint, signal, senderId: caller.name })
        .catch((error: unknown) => {
          if (error instanceof SqsError) return error;
          throw error;
        });
      return renderSqsResponse(protocol, operation, output, crypto.randomUUID());
    },
  };
}

// "Common errors" in the SQS API reference.
const FAULTS: Record<InjectedError, ServiceError> = {
  throttle: { status: 403, code: "RequestThrottled", message: "Rate exceeded" },
  error: { status: 500, code: "InternalError", message: "Internal error" },
  deny: {
    status: 403,
    code: "AccessDenied",
    message: "The caller is not authorized to perform this operation.",
  },
};

function errorResponse(problem: Problem, request: IncomingMessage): HttpResponse {
  const protocol = protocolOf(request.headers, request.url ?? "/");
  const error = errorFor(problem, FAULTS, protocol);
  // In the JSON protocol, all services have the same error codes for signatures.
  if (problem.kind === "signature" && protocol === "json") return jsonError(error);
  return render(new SqsError(error.code, error.message, { status: error.status }), request);
}

/** Returns an error response in the protocol of the request. */
const render = (error: SqsError, request: IncomingMessage): HttpResponse =>
  renderSqsResponse(
    protocolOf(request.headers, request.url ?? "/"),
    "Unknown",
    error,
    crypto.randomUUID(),
  );
