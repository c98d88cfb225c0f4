import type { IncomingMessage, ServerResponse } from "node:http";
import type { S3Context } from "./context.ts";
import { S3Error } from "./error.ts";
import { errorReply, send, type Reply } from "./reply.ts";
import {
  newRequestIds,
  parseTarget,
  S3Request,
  type RequestIds,
  type S3Access,
  type S3Caller,
} from "./request.ts";
import { route } from "./router.ts";

/** The most of an unread body that is read and discarded to keep the connection. */
const MAX_DISCARDED_BYTES = 8 * 1024 * 1024;

/** One request and its response. */
export interface Exchange {
  readonly raw: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: S3Caller;
  readonly access: S3Access;
  /** The bucket of a virtual-hosted-style request. */
  readonly bucket: string | undefined;
}

/**
 * Answers one request, with an error response if anything fails. Rejects only if the content cannot
 * be read after the response has begun; the connection is then closed.
 */
export async function handle(context: S3Context, exchange: Exchange): Promise<void> {
  const { raw, response } = exchange;
  const ids = newRequestIds();
  const method = raw.method ?? "GET";
  const reply = await answer(context, exchange, ids);
  if (!reply) return;
  if (response.destroyed) {
    if (typeof reply.body === "object") reply.body.close();
    return;
  }
  if (!raw.complete && hasBody(raw)) discardBody(exchange);
  await send(response, reply, { ids, method });
}

/** Runs the operation of a request. Returns undefined if the client has disconnected. */
async function answer(
  context: S3Context,
  { raw, caller, access, bucket }: Exchange,
  ids: RequestIds,
): Promise<Reply | undefined> {
  const url = raw.url ?? "/";
  try {
    const target = parseTarget(url, bucket);
    const request = new S3Request(raw, { target, caller, access, ids });
    checkOwner(context, request);
    return await route(request)(context, request);
  } catch (error) {
    if (raw.destroyed && !raw.complete) return undefined;
    if (error instanceof S3Error) return errorReply(error, { ids, url });
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.emitWarning(`Internal error of the S3 server: ${raw.method} ${url}`, { detail });
    return errorReply(new S3Error("InternalError", { cause: error }), { ids, url });
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html */
function checkOwner(context: S3Context, request: S3Request): void {
  for (const name of ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"]) {
    const owner = request.header(name);
    if (owner !== undefined && owner !== context.accountId) throw new S3Error("AccessDenied");
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/**
 * Discards the body of a request that failed before it was read. A short body is read to its end,
 * so that the connection can be reused. For a longer one, the response says that the connection
 * closes.
 */
function discardBody({ raw, response }: Exchange): void {
  const length = Number(raw.headers["content-length"] ?? Number.NaN);
  if (!(length <= MAX_DISCARDED_BYTES)) response.setHeader("Connection", "close");
  let discarded = 0;
  raw.on("data", (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) raw.destroy();
  });
  raw.on("error", () => {
    // The client disconnected, and the response is an error response already.
  });
}
