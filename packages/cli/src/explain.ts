import { InputError, WaybillError } from "@waybill/core/error";

import { FAILED, NOT_FOUND, NotFoundError, USAGE, UsageError } from "./exit.ts";

/** The message and the exit code of a failed command. */
export interface Explanation {
  readonly message: string;
  /** A stable code for programs: `area.what_happened`. */
  readonly code?: string;
  /** What to do about it. */
  readonly advice?: string;
  readonly exitCode: number;
}

/** Explains an error to the user. The texts may contain untrusted input: escape them before printing. */
export function explain(error: unknown): Explanation {
  if (error instanceof NotFoundError) return { message: error.message, exitCode: NOT_FOUND };
  if (error instanceof UsageError) return { message: error.message, exitCode: USAGE };
  if (error instanceof InputError) {
    return { message: error.message, code: error.code, exitCode: USAGE };
  }
  const cause = rootCauseOf(error);
  const advice = adviceFor(cause);
  const detail = cause === error ? "" : ` ${sentence(cause)}`;
  return {
    message: error instanceof WaybillError ? `${error.message}${detail}` : sentence(error),
    ...(error instanceof WaybillError ? { code: error.code } : {}),
    ...(advice === undefined ? {} : { advice }),
    exitCode: FAILED,
  };
}

/** Returns the innermost cause, which is usually an error of the AWS SDK. */
function rootCauseOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof WaybillError && cause.cause !== undefined) cause = cause.cause;
  return cause;
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node reports failed connections to several addresses as one AggregateError without a message.
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const text = error.message || (first === undefined ? error.name : sentence(first));
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

const ADVICE: readonly [pattern: RegExp, advice: string][] = [
  [
    /^(?:ExpiredToken|TokenRefreshRequired|RequestExpired)|TokenProviderError/,
    "Your AWS session has expired. Sign in again, for example with `aws sso login`.",
  ],
  [
    /^CredentialsProviderError/,
    "No AWS credentials were found. Sign in, for example with `aws sso login`, or set AWS_PROFILE.",
  ],
  [
    /^(?:UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|InvalidSignature|SignatureDoesNotMatch)/,
    "AWS rejected these credentials. Check that they belong to the right account, and that the clock of this machine is correct.",
  ],
  [
    /^AccessDenied|^UnauthorizedOperation/,
    "These AWS credentials do not have the permission. Ask the administrator of the account to allow the action.",
  ],
  [
    /^(?:ResourceNotFound|QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue|NoSuchBucket)/,
    "The resources of the stage do not exist in this region. Deploy the stage, or check AWS_REGION.",
  ],
  [
    /throttl|ThroughputExceeded|LimitExceeded|TooManyRequests/i,
    "AWS throttled the request. Retry later.",
  ],
  [
    /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ECONNRESET|ETIMEDOUT|TimeoutError|EHOSTUNREACH|ENETUNREACH)/,
    "Check the network connection and, if it is set, AWS_ENDPOINT_URL.",
  ],
];

/** Recognizes errors of AWS and of the network by their name or code. */
function adviceFor(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const advice = ADVICE.find(([pattern]) => pattern.test(error.name) || pattern.test(code));
  if (advice) return advice[1];
  // SST's messages for a process without bindings.
  return /links are active|is not linked/.test(error.message)
    ? "Start waybill with the script `waybill` in the folder of the app, or in `sst shell`."
    : undefined;
}
