import { InputError, WaybillError } from "@waybill/core/error";

import { FAILED, NOT_FOUND, NotFoundError, USAGE, UsageError } from "./exit.ts";

/** What a failed command says, and what the process ends with. */
export interface Explanation {
  readonly message: string;
  /** Stable, for programs: `area.what_happened`. */
  readonly code?: string;
  /** What to do about it. */
  readonly advice?: string;
  readonly exitCode: number;
}

/** Explains a failure to whoever typed the command. The texts may hold what others have chosen: they are not safe to print. */
export function explain(error: unknown): Explanation {
  if (error instanceof NotFoundError) return { message: error.message, exitCode: NOT_FOUND };
  if (error instanceof UsageError) return { message: error.message, exitCode: USAGE };
  if (error instanceof InputError) {
    return { message: error.message, code: error.code, exitCode: USAGE };
  }
  const source = sourceOf(error);
  const advice = adviceFor(source);
  const said = source === error ? "" : ` ${sentence(source)}`;
  return {
    message: error instanceof WaybillError ? `${error.message}${said}` : sentence(error),
    ...(error instanceof WaybillError ? { code: error.code } : {}),
    ...(advice === undefined ? {} : { advice }),
    exitCode: FAILED,
  };
}

/** The error that all the others came of: mostly AWS's own. */
function sourceOf(error: unknown): unknown {
  let source = error;
  while (source instanceof WaybillError && source.cause !== undefined) source = source.cause;
  return source;
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several attempts to connect fail as one error without a text.
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const text = error.message || (first === undefined ? error.name : sentence(first));
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

const ADVICE: readonly [pattern: RegExp, advice: string][] = [
  [
    /^(?:ExpiredToken|TokenRefreshRequired|RequestExpired)|TokenProviderError/,
    "Your AWS session has ended. Sign in again, for example with `aws sso login`.",
  ],
  [
    /^CredentialsProviderError/,
    "There are no AWS credentials. Sign in, for example with `aws sso login`, or set AWS_PROFILE.",
  ],
  [
    /^(?:UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|InvalidSignature|SignatureDoesNotMatch)/,
    "AWS does not know these credentials. Are they of the right account, and is the clock right?",
  ],
  [
    /^AccessDenied|^UnauthorizedOperation/,
    "These AWS credentials may not do it. Ask whoever runs the account for the action that is named.",
  ],
  [
    /^(?:ResourceNotFound|QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue|NoSuchBucket)/,
    "The stage is not there any more, or not in this region. `pnpm run deploy --stage <name>` deploys it.",
  ],
  [
    /throttl|ThroughputExceeded|LimitExceeded|TooManyRequests/i,
    "AWS is asked too much at the moment. Try again in a while.",
  ],
  [
    /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ECONNRESET|ETIMEDOUT|TimeoutError|EHOSTUNREACH|ENETUNREACH)/,
    "Is there a network, and if AWS_ENDPOINT_URL is set, does something answer there?",
  ],
];

/** Of the errors of AWS and of the network, which are told apart by their names and codes. */
function adviceFor(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const advice = ADVICE.find(([pattern]) => pattern.test(error.name) || pattern.test(code));
  if (advice) return advice[1];
  // SST's own words, where a process has no bindings.
  return /links are active|is not linked/.test(error.message)
    ? "Run it as `pnpm waybill`, in the folder of the app."
    : undefined;
}
