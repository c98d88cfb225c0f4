import { QueryError } from "@waybill/core/catalog/query";
import { WaybillError } from "@waybill/core/error";
import * as z from "zod/mini";

/** What a client is told of a failure: RFC 9457, with members of our own. */
export const Problem = z.object({
  title: z.string().check(z.describe("The HTTP status in words.")),
  status: z.int().check(z.describe("The HTTP status.")),
  code: z.string().check(z.describe("What went wrong, stable: `area.what_happened`.")),
  detail: z.string().check(z.describe("What is wrong, and where.")),
  help: z.string().check(z.describe("What to do about it.")),
  retry: z.boolean().check(z.describe("Whether the same request may succeed later.")),
  requestId: z.string().check(z.describe("Names this request in the function's log.")),
  errors: z.optional(
    z
      .array(z.object({ parameter: z.string(), detail: z.string() }))
      .check(z.describe("Every parameter that is wrong, and why.")),
  ),
});
export type Problem = z.output<typeof Problem>;

type Code = WaybillError["code"];

interface HttpErrorOptions extends ErrorOptions {
  readonly help: string;
  readonly retry?: boolean;
  readonly errors?: Problem["errors"];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that is not answered with what it asked for, in the words that its client is told. */
export class HttpError extends WaybillError {
  override readonly name = "HttpError";
  override readonly code: Code;
  override readonly retry: boolean;
  readonly status: number;
  readonly help: string;
  readonly errors: Problem["errors"];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: Code, message: string, options: HttpErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.retry = options.retry ?? false;
    this.help = options.help;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }
}

/**
 * What to tell a client of any error. What came from inside, an answer of AWS or a fault of ours, is
 * for the log alone: the client gets a code and the request's id.
 */
export function httpErrorOf(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof QueryError) {
    return new HttpError(400, error.code, `What was asked is not valid: ${error.message}.`, {
      help: "Correct the parameters; GET /openapi.json says what each may be.",
      errors: error.issues.map(({ parameter, message }) => ({ parameter, detail: message })),
      cause: error,
    });
  }
  if (error instanceof WaybillError && error.retry) {
    return new HttpError(503, error.code, "The catalogue cannot answer just now.", {
      help: "Try again in a second.",
      retry: true,
      headers: { "retry-after": "1" },
      cause: error,
    });
  }
  if (error instanceof WaybillError && error.code === "catalog.unfit_item") {
    return new HttpError(500, error.code, "The record does not fit this version of Waybill.", {
      help: "Deploy the version that wrote it, or a later one.",
      cause: error,
    });
  }
  return new HttpError(500, "api.unexpected", "The request failed for a reason of ours.", {
    help: "Look for the request's id in the log of the function Api.",
    cause: error,
  });
}

/** RFC 9110's names: what a problem without a `type` must have for its title (RFC 9457, 4.2.1). */
const TITLES: Record<number, string> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  414: "URI Too Long",
  500: "Internal Server Error",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** The answer to a request that failed. */
export function problemResponse(error: HttpError, requestId: string): Response {
  const problem: Problem = {
    title: TITLES[error.status] ?? "Error",
    status: error.status,
    code: error.code,
    detail: error.message,
    help: error.help,
    retry: error.retry,
    requestId,
    errors: error.errors,
  };
  return new Response(JSON.stringify(problem), {
    status: error.status,
    headers: { ...error.headers, "content-type": "application/problem+json" },
  });
}
