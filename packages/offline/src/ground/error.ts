/** A failure that the person who runs the stack can act on. Any other error is a bug. */
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
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? false;
  }
}

/** Whether an error tells a person what to do: those of offline and of its engines have a code, and others are bugs. */
export const isForPeople = (error: unknown): error is Error =>
  error instanceof Error &&
  "code" in error &&
  typeof error.code === "string" &&
  "retry" in error &&
  typeof error.retry === "boolean";
