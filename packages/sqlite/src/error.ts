import path from "node:path";

/** The file of a store could not be opened. */
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

// Primary result codes: https://www.sqlite.org/rescode.html
const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/**
 * Returns the `StoreError` for an error from SQLite or from the file system, and any other error as
 * it is.
 */
export function storeError(error: unknown, file: string): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  switch (resultCode(error)) {
    case SQLITE_BUSY:
      return new StoreError(
        "store.in_use",
        `${file} is already open. Stop the process that has it open, or use another folder.`,
        error,
      );
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new StoreError(
        "store.unreadable",
        `${file} is damaged, or is not a SQLite database: ${error.message}. ` +
          `Delete the folder ${path.dirname(file)} to start with an empty store, or use another folder.`,
        error,
      );
    case SQLITE_ERROR:
      // A mistake in a statement, such as the schema: the file is not the cause.
      return error;
    default:
      return new StoreError(
        "store.unreadable",
        `${file} cannot be opened: ${error.message}. Check the path, its permissions and the free space on the disk.`,
        error,
      );
  }
}

/**
 * `node:sqlite` reports extended result codes, whose low byte is the primary code. 0 is for all
 * other errors.
 */
function resultCode(error: Error): number {
  return "errcode" in error ? Number(error.errcode) & 0xff : 0;
}
