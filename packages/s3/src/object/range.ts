import { invalidArgument, S3Error } from "../error.ts";

/** Bytes `start` to `end`, exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const SINGLE = /^bytes=(\d*)-(\d*)$/;

/**
 * Returns the bytes that a `Range` header requests, or undefined for all bytes. S3 serves only a
 * single range and ignores any other header. Throws `InvalidRange` if the object has none of the
 * bytes.
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

/**
 * Reads an `x-amz-copy-source-range` header. Throws if it is not a complete range within the
 * source.
 */
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
