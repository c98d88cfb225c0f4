import type { IncomingMessage } from "node:http";

/** The largest request that DynamoDB accepts, and larger than any of SQS. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Reads a whole request. @returns nothing when it is larger than any service accepts. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
