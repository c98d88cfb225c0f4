import { InputError } from "@waybill/core/error";

/** What the process ends with: 0 is success. */
export const FAILED = 1;
export const USAGE = 2;
export const NOT_FOUND = 3;

/** What was asked for is not there. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof NotFoundError) return NOT_FOUND;
  return error instanceof InputError ? USAGE : FAILED;
}
