import type { IncomingMessage } from "node:http";

/** The largest request that DynamoDB accepts, and larger than any of SQS. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads a whole request, of which no more than can be accepted is kept: a client reads no answer before it has sent all.
 * @returns nothing when it is larger than any service accepts.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BYTES) chunks.push(chunk);
    else chunks = [];
  }
  return size <= MAX_BYTES ? Buffer.concat(chunks) : undefined;
}
