import { invalidArgument, S3Error } from "../error.ts";

/** Bytes `start` to `end`, exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const SINGLE = /^bytes=(\d*)-(\d*)$/;

/**
 * The bytes a `Range` header asks for; undefined for all of them. S3 serves one range at a time and
 * ignores a header that it cannot read. Throws `InvalidRange` where nothing of it exists.
 */
export function readRange(header: string | undefined, size: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const match = SINGLE.exec(header.trim());
  const [, first = "", last = ""] = match ?? [];
  if (first === "" && last === "") return undefined;
  const range =
    first === ""
      ? { start: Math.max(size - Number(last), 0), end: size }
      : { start: Number(first), end: last === "" ? size : Math.min(Number(last) + 1, size) };
  const reversed = first !== "" && last !== "" && Number(last) < Number(first);
  if (reversed) return undefined;
  if (range.start < range.end) return range;
  throw new S3Error("InvalidRange", {
    details: { RangeRequested: header, ActualObjectSize: String(size) },
    headers: { "Content-Range": `bytes */${size}` },
  });
}

const COPY_RANGE = "x-amz-copy-source-range";

/** The range of an `x-amz-copy-source-range` header, which must be complete and inside the source. */
export function readCopyRange(header: string | undefined, size: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const start = Number(match?.[1]);
  const end = Number(match?.[2]) + 1;
  if (!match || start >= end) {
    throw invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      COPY_RANGE,
      header,
    );
  }
  if (start >= size) {
    throw new S3Error("InvalidRequest", {
      message: "The specified copy range is invalid for the source object size",
    });
  }
  if (end > size) {
    const message = `Range specified is not valid for source object of size: ${size}`;
    throw invalidArgument(message, COPY_RANGE, header);
  }
  return { start, end };
}
