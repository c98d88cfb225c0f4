/** What the process ends with; 0 is success. `waybill --help` tells people. */
export const FAILED = 1;
export const USAGE = 2;
export const NOT_FOUND = 3;
export const INTERRUPTED = 130;

/** What was asked for is not there. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}

/** The command line does not make sense; the message says what of it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
