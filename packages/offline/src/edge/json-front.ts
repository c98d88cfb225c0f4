import { errorFor, jsonError, newRequestId, type ServiceError } from "./error-response.ts";
import type { InjectedError } from "./faults.ts";
import type { Front, HttpResponse } from "./front.ts";
import { MAX_BODY_BYTES } from "./limits.ts";
import type { Derivation } from "./requirement.ts";

/** An error response of a service. */
export class OperationError extends Error {
  override readonly name = "OperationError";
  readonly code: string;
  readonly retry = false;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A service whose requests are JSON, with their operation in the header `X-Amz-Target`. */
export interface JsonService {
  name: string;
  title: string;
  /** The part of `X-Amz-Target` before the operation, with its dot. */
  target: string;
  signingName: string;
  /** The code of its errors with the status 500. */
  internalError: string;
  needs(operation: string, input: unknown): Derivation;
  /** Performs an operation. Throws `OperationError`. */
  perform(operation: string, input: unknown): object | Promise<object>;
}

/** The front of a service in AWS's JSON protocol. */
export const jsonFront = (service: JsonService): Front => ({
  name: service.name,
  title: service.title,
  route: { target: service.target, signedFor: service.signingName },
  signingName: service.signingName,
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
      needs: service.needs(operation, input),
      text: () => body.toString(),
      perform: () => perform(service, operation, input),
    };
  },
  errorResponse: (problem) => jsonError(errorFor(problem, faultsOf(service.internalError), "json")),
});

async function perform(
  service: JsonService,
  operation: string,
  input: unknown,
): Promise<HttpResponse> {
  try {
    const output = await service.perform(operation, input);
    return {
      status: 200,
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amzn-requestid": newRequestId(),
      },
      body: JSON.stringify(output),
    };
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return jsonError({ status: 400, code: error.code, message: error.message });
  }
}

// "Common errors" in the API references of these services.
const faultsOf = (internalError: string): Record<InjectedError, ServiceError> => ({
  throttle: { status: 400, code: "ThrottlingException", message: "Rate exceeded" },
  error: { status: 500, code: internalError, message: "Internal error" },
  deny: {
    status: 400,
    code: "AccessDeniedException",
    message: "The caller is not authorized to perform this operation.",
  },
});
