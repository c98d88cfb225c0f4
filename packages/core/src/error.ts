/** A failure that a caller can act on. */
export abstract class WaybillError extends Error {
  abstract override readonly name: string;
  /** Stable and part of the API: `area.what_happened`. */
  abstract readonly code: `${string}.${string}`;
  /** Whether the same call may succeed later. */
  abstract readonly retry: boolean;
}

/** Input from outside is invalid: an event, a key, an argument. A retry cannot help. */
export class InputError extends WaybillError {
  override readonly name = "InputError";
  override readonly code: `${string}.${string}`;
  override readonly retry = false;

  constructor(code: `${string}.${string}`, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A request to an AWS service failed; `cause` is the error of the SDK. */
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
