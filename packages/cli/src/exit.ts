/** Exit codes, other than 0 for success. `waybill --help` lists them. */
export const FAILED = 1;
export const USAGE = 2;
export const NOT_FOUND = 3;
export const INTERRUPTED = 130;

/** The requested file or dead letter does not exist. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}

/** The command line is not valid; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
