import { S3Error } from "../error.ts";
import { MIN_SIGNED_CHUNK_BYTES } from "../limits.ts";

const CRLF = "\r\n";
const MAX_LINE = 16 * 1024;

type State = "size" | "data" | "data-end" | "trailer" | "done";

/**
 * Decodes an `aws-chunked` body: `size[;chunk-signature=…] CRLF data CRLF … 0 CRLF`, then trailing
 * headers and an empty line. Does not verify signatures.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export class AwsChunkedDecoder {
  readonly #signed: boolean;
  readonly #trailers = new Map<string, string>();
  #state: State = "size";
  #line = "";
  #left = 0;
  #chunk = 0;
  /** The size of a chunk that is too small unless it is the last. */
  #tooSmall: number | undefined;

  constructor(signed: boolean) {
    this.#signed = signed;
  }

  /** Decodes raw bytes and calls `take` with each piece of content. */
  push(raw: Buffer, take: (content: Buffer) => void): void {
    let at = 0;
    while (at < raw.length) {
      if (this.#state === "done") throw broken("there are bytes after the end of the body");
      if (this.#state === "data") {
        const end = Math.min(at + this.#left, raw.length);
        take(raw.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = "data-end";
        continue;
      }
      at = this.#readLine(raw, at);
    }
  }

  /**
   * Returns the trailing headers, by lower-case name. Throws `IncompleteBody` if the body has not
   * ended.
   */
  end(): ReadonlyMap<string, string> {
    // Some clients omit the empty line after the last chunk if there are no trailers.
    const complete = this.#state === "done" || (this.#state === "trailer" && this.#line === "");
    if (!complete) throw new S3Error("IncompleteBody");
    return this.#trailers;
  }

  #readLine(raw: Buffer, from: number): number {
    const newline = raw.indexOf(10, from);
    const end = newline === -1 ? raw.length : newline + 1;
    this.#line += raw.toString("latin1", from, end);
    if (this.#line.length > MAX_LINE) throw broken("a chunk header is too long");
    if (newline === -1) return end;
    if (!this.#line.endsWith(CRLF)) throw broken("a line does not end in CRLF");
    const line = this.#line.slice(0, -2);
    this.#line = "";
    this.#takeLine(line);
    return end;
  }

  #takeLine(line: string): void {
    switch (this.#state) {
      case "size":
        this.#beginChunk(line);
        break;
      case "data-end":
        if (line !== "") throw broken("a chunk is longer than its header says");
        this.#state = "size";
        break;
      case "trailer":
        this.#takeTrailer(line);
        break;
      case "data":
      case "done":
        throw broken("a line is in place of content");
    }
  }

  #beginChunk(line: string): void {
    const size = line.split(";", 1)[0]?.trim() ?? "";
    if (!/^[0-9a-fA-F]{1,12}$/.test(size)) throw broken("a chunk has no valid size");
    this.#left = Number.parseInt(size, 16);
    this.#chunk += 1;
    if (this.#left === 0) {
      this.#state = "trailer";
      return;
    }
    if (this.#tooSmall !== undefined) {
      throw new S3Error("InvalidChunkSizeError", {
        details: { Chunk: String(this.#chunk), BadChunkSize: String(this.#tooSmall) },
      });
    }
    if (this.#signed && this.#left < MIN_SIGNED_CHUNK_BYTES) this.#tooSmall = this.#left;
    this.#state = "data";
  }

  #takeTrailer(line: string): void {
    if (line === "") {
      this.#state = "done";
      return;
    }
    const colon = line.indexOf(":");
    if (colon < 1) throw broken("a trailing header has no name");
    this.#trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function broken(reason: string): S3Error {
  return new S3Error("IncompleteBody", {
    message: `The aws-chunked body is malformed: ${reason}.`,
  });
}
