import { headerNotImplemented, S3Error } from "../error.ts";
import type { S3Request } from "../request.ts";
import type { Bodies, PendingBody } from "../store/bodies.ts";
import type { ChecksumAlgorithm } from "./checksum.ts";
import { AwsChunkedDecoder } from "./chunked.ts";
import { announced, DEFAULT_CHECKSUM, Digester, type Announced, type Digests } from "./digest.ts";

const GIB = 1024 ** 3;
/** The most that one PutObject, UploadPart or CopyObject may hold. */
export const MAX_SINGLE_BODY = 5 * GIB;

const NO_TRAILERS: ReadonlyMap<string, string> = new Map();

export interface ReceivedBody extends Digests {
  readonly body: PendingBody;
}

/**
 * Streams the body of a request into the store, hashing as it goes: what was announced is checked, and
 * nothing is left behind when it does not hold, or when the client goes away.
 */
export async function receiveBody(
  request: S3Request,
  bodies: Bodies,
  choose: (announced: Announced["checksum"]) => ChecksumAlgorithm = (checksum) =>
    checksum?.algorithm ?? DEFAULT_CHECKSUM,
): Promise<ReceivedBody> {
  const expected = announced(request, "of the body");
  const size = announcedSize(request);
  if (size > MAX_SINGLE_BODY) throw tooLarge(size);
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
 * A small document that a client sends, such as XML, with its digests checked. Those of
 * CompleteMultipartUpload carry checksums that are of something else: the object.
 */
export async function receiveText(
  request: S3Request,
  limit: number,
  checksums: "of the body" | "other" = "of the body",
): Promise<string> {
  const expected = announced(request, checksums);
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

/** The length of the content, without the framing of `aws-chunked`. */
function announcedSize(request: S3Request): number {
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

/** Calls `take` with the content as it comes; the chunks of one network read together. */
async function readBody(
  request: S3Request,
  take: (pieces: readonly Buffer[]) => void | Promise<void>,
): Promise<ReadonlyMap<string, string>> {
  const chunked = isAwsChunked(request);
  const signed = request.header("x-amz-content-sha256")?.startsWith("STREAMING-AWS4-") ?? false;
  const decoder = chunked ? new AwsChunkedDecoder(signed) : undefined;
  // Leaving the loop early must not destroy the socket: the error still has to go out on it.
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
    details: { ProposedSize: String(size), MaxSizeAllowed: String(MAX_SINGLE_BODY) },
  });
}
