/** An error response of SNS ("Common errors" in the Amazon SNS API reference). */
export class SnsError extends Error {
  override readonly name = "SnsError";
  readonly code: "NotFound" | "InvalidParameter" | "BatchEntryIdsNotDistinct" | "InvalidAction";
  readonly retry = false;

  constructor(code: SnsError["code"], message: string) {
    super(message);
    this.code = code;
  }

  get status(): number {
    return this.code === "NotFound" ? 404 : 400;
  }
}

/** Returns an error for an input that is not valid. */
export const invalid = (problem: string): SnsError =>
  new SnsError("InvalidParameter", `Invalid parameter: ${problem}`);
