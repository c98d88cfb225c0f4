/** One invalid parameter, and why it is invalid. */
export interface ParameterError {
  readonly parameter: string;
  readonly detail: string;
}

/** A request to the API failed. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The API's stable code, such as `query.invalid`; `client.*` if the response did not come from the API. */
  readonly code: string;
  /** The HTTP status; 0 if there was no response. */
  readonly status: number;
  /** Whether the same request may succeed later. */
  readonly retry: boolean;
  /** The seconds of the header `Retry-After`, if present. */
  readonly retryAfter: number | undefined;
  /** What to do about it. */
  readonly help: string | undefined;
  /** Identifies the request in the API's log. */
  readonly requestId: string | undefined;
  readonly errors: readonly ParameterError[];

  constructor(
    message: string,
    details: Pick<ApiError, "code" | "status" | "retry"> &
      Partial<Pick<ApiError, "retryAfter" | "help" | "requestId" | "errors">>,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = details.code;
    this.status = details.status;
    this.retry = details.retry;
    this.retryAfter = details.retryAfter;
    this.help = details.help;
    this.requestId = details.requestId;
    this.errors = details.errors ?? [];
  }
}

/** Reads the error from a response with a status other than 2xx. */
export async function errorOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const body = await response.text();
  const problem = problemOf(response, body);
  if (problem !== undefined) return problem;
  if (status === 403) {
    return new ApiError("AWS rejected the request with status 403.", {
      code: "client.forbidden",
      status,
      retry: false,
      help: "Sign with credentials that allow lambda:InvokeFunctionUrl and lambda:InvokeFunction on the function Api. Check the region, and that the clock of this machine is correct.",
    });
  }
  return new ApiError(`The API responded with status ${status} and without a problem document.`, {
    code: "client.unexpected_answer",
    status,
    // Lambda responds with these itself when the function is throttled, times out or cannot start.
    retry: status === 429 || status >= 500,
    retryAfter: retryAfterOf(response),
  });
}

function problemOf(response: Response, body: string): ApiError | undefined {
  if (!response.headers.get("content-type")?.startsWith("application/problem+json")) {
    return undefined;
  }
  const problem = parse(body);
  if (!isRecord(problem)) return undefined;
  const { code, detail, help, retry, requestId, errors } = problem;
  if (typeof code !== "string" || typeof detail !== "string") return undefined;
  return new ApiError(detail, {
    code,
    status: response.status,
    retry: retry === true,
    retryAfter: retryAfterOf(response),
    help: typeof help === "string" ? help : undefined,
    requestId: typeof requestId === "string" ? requestId : undefined,
    errors: Array.isArray(errors) ? errors.filter(isParameterError) : [],
  });
}

/** Returns the seconds of `Retry-After`. Ignores the form with a date, which neither Lambda nor the API sends. */
function retryAfterOf(response: Response): number | undefined {
  const value = response.headers.get("retry-after") ?? "";
  return /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isParameterError(value: unknown): value is ParameterError {
  return (
    isRecord(value) && typeof value["parameter"] === "string" && typeof value["detail"] === "string"
  );
}
