/**
 * An error that the user can fix: the message says what is wrong and what to do. Any other error is
 * a bug.
 */
export class OfflineError extends Error {
  override readonly name = "OfflineError";
  /** Stable: `area.what_happened`. */
  readonly code: `${string}.${string}`;
  /** Whether the same call may succeed later. */
  readonly retry: boolean;

  constructor(
    code: `${string}.${string}`,
    message: string,
    options: { cause?: unknown; retry?: boolean } = {},
  ) {
    // A message that another program wrote can be empty.
    super(
      message.trim() === "" ? code : message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.retry = options.retry ?? false;
  }
}

/**
 * Whether the message of an error is for users. Errors of offline and of its engines have a `code`
 * and `retry`.
 */
export const isUserError = (error: unknown): error is Error =>
  error instanceof Error &&
  "code" in error &&
  typeof error.code === "string" &&
  "retry" in error &&
  typeof error.retry === "boolean";
