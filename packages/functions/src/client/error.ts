/** One parameter that the API does not take as it was sent. */
export interface ParameterError {
  readonly parameter: string;
  readonly detail: string;
}

/** The API did not answer with what it was asked for. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** `area.what_happened`, as the API says it; `client.*` where it did not answer in its own words. */
  readonly code: string;
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Whether the same request may succeed later. */
  readonly retry: boolean;
  /** How long to wait before that, in seconds, where the answer says so. */
  readonly retryAfter: number | undefined;
  /** What to do about it. */
  readonly help: string | undefined;
  /** Names the request in the log of the API. */
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

/** Reads an answer that is none of the API's 2xx. */
export async function errorOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const body = await response.text();
  const problem = problemOf(response, body);
  if (problem !== undefined) return problem;
  if (status === 403) {
    return new ApiError("AWS refused the request.", {
      code: "client.forbidden",
      status,
      retry: false,
      help: "Sign with credentials that may lambda:InvokeFunctionUrl and lambda:InvokeFunction on the function Api, of the API's region, on a machine whose clock is right.",
    });
  }
  return new ApiError(`The API answered with ${status} and no reason.`, {
    code: "client.unexpected_answer",
    status,
    // Lambda's own: the function was throttled, ran out of time or could not start.
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

/** The seconds of `Retry-After`; whoever sends a date instead has no say. */
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
