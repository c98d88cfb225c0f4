import { headerNotImplemented, S3Error } from "../error.ts";
import { MAX_BODY_BYTES } from "../limits.ts";
import type { S3Request } from "../request.ts";
import type { Bodies } from "../store/bodies.ts";
import type { PendingBody } from "../store/body-writer.ts";
import type { ChecksumAlgorithm } from "./checksum.ts";
import { AwsChunkedDecoder } from "./chunked.ts";
import {
  DEFAULT_CHECKSUM,
  Digester,
  readExpectedDigests,
  type ChecksumScope,
  type Digests,
  type ExpectedDigests,
} from "./digest.ts";

const NO_TRAILERS: ReadonlyMap<string, string> = new Map();

export interface ReceivedBody extends Digests {
  readonly body: PendingBody;
}

/**
 * Streams the body of a request into the store and verifies its digests. Stores nothing if a digest
 * differs, or if the client disconnects.
 */
export async function receiveBody(
  request: S3Request,
  bodies: Bodies,
  choose: (checksum: ExpectedDigests["checksum"]) => ChecksumAlgorithm = (checksum) =>
    checksum?.algorithm ?? DEFAULT_CHECKSUM,
): Promise<ReceivedBody> {
  const expected = readExpectedDigests(request);
  const size = readContentLength(request);
  if (size > MAX_BODY_BYTES) throw tooLarge(size);
  const digester = new Digester(expected, choose(expected.checksum));
  const writer = bodies.create();
  try {
    const trailers = await readBody(request, async (pieces) => {
      for (const piece of pieces) {
        digester.update(piece);
        const full = writer.write(piece);
        if (writer.size > size) throw new S3Error("IncompleteBody");
        if (full) await writer.flush();
      }
    });
    if (writer.size !== size) throw new S3Error("IncompleteBody");
    const digests = digester.finish(trailers);
    const body = await writer.finish();
    return { body, ...digests };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/**
 * Reads a document, such as XML, and verifies its digests. Throws `MaxMessageLengthExceeded` if it
 * has more than `limit` bytes.
 */
export async function receiveText(
  request: S3Request,
  limit: number,
  checksums?: ChecksumScope,
): Promise<string> {
  const expected = readExpectedDigests(request, checksums);
  const digester = new Digester(expected, expected.checksum?.algorithm ?? "CRC32");
  const chunks: Buffer[] = [];
  let size = 0;
  const trailers = await readBody(request, (pieces) => {
    for (const piece of pieces) {
      digester.update(piece);
      size += piece.length;
      if (size > limit) {
        throw new S3Error("MaxMessageLengthExceeded", {
          details: { MaxMessageLengthBytes: String(limit) },
        });
      }
      chunks.push(piece);
    }
  });
  digester.finish(trailers);
  return Buffer.concat(chunks).toString();
}

/** Returns the length of the content, without the framing of `aws-chunked`. */
function readContentLength(request: S3Request): number {
  const decoded = request.header("x-amz-decoded-content-length");
  const text = isAwsChunked(request) ? decoded : (request.header("content-length") ?? decoded);
  if (text === undefined && request.header("transfer-encoding") !== undefined) {
    throw headerNotImplemented("Transfer-Encoding");
  }
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new S3Error("MissingContentLength");
  return Number(text);
}

export function isAwsChunked(request: S3Request): boolean {
  return request.header("x-amz-content-sha256")?.startsWith("STREAMING-") ?? false;
}

/** Calls `take` with the content of each network read. Returns the trailing headers. */
async function readBody(
  request: S3Request,
  take: (pieces: readonly Buffer[]) => void | Promise<void>,
): Promise<ReadonlyMap<string, string>> {
  const chunked = isAwsChunked(request);
  const signed = request.header("x-amz-content-sha256")?.startsWith("STREAMING-AWS4-") ?? false;
  const decoder = chunked ? new AwsChunkedDecoder(signed) : undefined;
  // An error that ends the loop must not destroy the socket, which still has to carry the error response.
  const chunks: AsyncIterable<Buffer> = request.raw.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    if (!decoder) {
      await take([chunk]);
      continue;
    }
    const pieces: Buffer[] = [];
    decoder.push(chunk, (piece) => pieces.push(piece));
    await take(pieces);
  }
  return decoder?.end() ?? NO_TRAILERS;
}

function tooLarge(size: number): S3Error {
  return new S3Error("EntityTooLarge", {
    details: { ProposedSize: String(size), MaxSizeAllowed: String(MAX_BODY_BYTES) },
  });
}
