/** Every failure a caller may act on. */
export abstract class WaybillError extends Error {
  abstract override readonly name: string;
  /** Stable and part of the API: `area.what_happened`. */
  abstract readonly code: `${string}.${string}`;
  /** Whether the same call may succeed if it is made again later. */
  abstract readonly retry: boolean;
}

/** What came from outside is not what it must be: an event, a key, an argument. Another attempt cannot help. */
export class InputError extends WaybillError {
  override readonly name = "InputError";
  override readonly code: `${string}.${string}`;
  override readonly retry = false;

  constructor(code: `${string}.${string}`, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** S3 or DynamoDB did not do what they were asked; `cause` is what they said. */
export class ServiceError extends WaybillError {
  override readonly name = "ServiceError";
  override readonly code: `${string}.${string}`;
  override readonly retry: boolean;

  constructor(
    code: `${string}.${string}`,
    message: string,
    options: ErrorOptions & { retry: boolean },
  ) {
    super(message, options);
    this.code = code;
    this.retry = options.retry;
  }
}
