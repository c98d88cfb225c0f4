import type { IncomingMessage } from "node:http";

/**
 * Reads the whole body of a request. Returns undefined for a body that is too large. Such a body is
 * read to its end all the same, because a client reads the response only after it has sent the
 * body.
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | undefined> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else chunks = [];
  }
  return size <= maxBytes ? Buffer.concat(chunks) : undefined;
}
