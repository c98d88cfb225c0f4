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

/** After an error, so much of a body is read and thrown away before the connection is given up. */
const MAX_DRAIN = 8 * 1024 * 1024;

export interface Exchange {
  readonly raw: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: S3Caller;
  readonly access: S3Access;
  /** The bucket, where the host names it. */
  readonly bucket: string | undefined;
}

/** Answers one request, whatever happens. */
export async function handle(context: S3Context, exchange: Exchange): Promise<void> {
  const { raw, response } = exchange;
  const ids = newRequestIds();
  const method = raw.method ?? "GET";
  const outcome = await answer(context, exchange, ids);
  if (!outcome) return;
  if (response.destroyed) {
    if (typeof outcome.body === "object") outcome.body.close();
    return;
  }
  if (!raw.complete && hasBody(raw)) leaveBody(exchange);
  await send(response, outcome, { ids, method });
}

/** The reply to send; undefined if nobody is there to hear it. */
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
    process.emitWarning(`The offline S3 failed at ${raw.method} ${url}`, { detail });
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
 * A body that nobody read: what is short is thrown away, so that the connection can go on; otherwise
 * the client is told that it cannot.
 */
function leaveBody({ raw, response }: Exchange): void {
  const length = Number(raw.headers["content-length"] ?? Number.NaN);
  if (!(length <= MAX_DRAIN)) response.setHeader("Connection", "close");
  let drained = 0;
  raw.on("data", (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > MAX_DRAIN) raw.destroy();
  });
  raw.on("error", () => {
    // The client went away; the answer was an error anyway.
  });
}
