import type { IncomingMessage } from "node:http";

/**
 * Reads a whole body, and discards what exceeds the limit: a client reads no response before it has sent everything.
 * Returns undefined for a body that is too large.
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
