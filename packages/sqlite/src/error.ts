/** The file of a store cannot be opened. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: "store.in_use" | "store.other_format" | "store.unreadable";
  /** Whether the same call can succeed later. */
  readonly retry: boolean;

  constructor(code: StoreError["code"], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retry = code === "store.in_use";
  }
}
