/** Every failure that the person who runs the stack can act on; anything else is a bug of ours. */
export class OfflineError extends Error {
  override readonly name = "OfflineError";
  /** Stable: `area.what_happened`. */
  readonly code: `${string}.${string}`;
  /** Whether the same call may succeed if it is made again later. */
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
