import { QueryError } from "@waybill/core/catalog/query";
import { WaybillError } from "@waybill/core/error";
import * as z from "zod/mini";

/** The body of an error response: RFC 9457, with extension members. */
export const Problem = z.object({
  title: z.string().check(z.describe("The name of the HTTP status.")),
  status: z.int().check(z.describe("The HTTP status.")),
  code: z.string().check(z.describe("A stable code of the form `area.what_happened`.")),
  detail: z.string().check(z.describe("What is wrong, and where.")),
  help: z.string().check(z.describe("What to do about it.")),
  retry: z.boolean().check(z.describe("Whether the same request may succeed later.")),
  requestId: z.string().check(z.describe("Identifies the request in the function's log.")),
  errors: z.optional(
    z
      .array(z.object({ parameter: z.string(), detail: z.string() }))
      .check(z.describe("Every invalid parameter, and why it is invalid.")),
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

/** A failed request, in the words of its error response. */
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
 * Converts any error to the one that the client receives. The messages of internal errors, such as those of AWS,
 * stay in the log: the client receives a code and the request ID.
 */
export function httpErrorOf(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof QueryError) {
    return new HttpError(400, error.code, `The query is not valid: ${error.message}.`, {
      help: "Correct the parameters; GET /openapi.json describes each of them.",
      errors: error.issues.map(({ parameter, message }) => ({ parameter, detail: message })),
      cause: error,
    });
  }
  if (error instanceof WaybillError && error.retry) {
    return new HttpError(503, error.code, "Could not read the catalog.", {
      help: "Retry after a second.",
      retry: true,
      headers: { "retry-after": "1" },
      cause: error,
    });
  }
  if (error instanceof WaybillError && error.code === "catalog.unfit_item") {
    return new HttpError(500, error.code, "This version of Waybill cannot read the record.", {
      help: "Deploy the version that wrote the record, or a later one.",
      cause: error,
    });
  }
  return new HttpError(500, "api.unexpected", "Internal error.", {
    help: "Search for the request ID in the log of the function Api.",
    cause: error,
  });
}

/** The names of RFC 9110: a problem without a `type` has one of these as its title (RFC 9457, 4.2.1). */
const TITLES: Record<number, string> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  414: "URI Too Long",
  500: "Internal Server Error",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

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
