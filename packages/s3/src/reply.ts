import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { toWire } from "./encoding.ts";
import type { S3Error } from "./error.ts";
import type { S3Request } from "./request.ts";
import type { OpenContent } from "./store/bodies.ts";
import { xmlDocument, type XmlChild } from "./xml.ts";

/** The response of an operation. */
export interface Reply {
  readonly status: number;
  /** Undefined values are omitted. */
  readonly headers?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: string | OpenContent;
}

export function xmlReply(root: string, children: readonly XmlChild[], headers = {}): Reply {
  return {
    status: 200,
    headers: { "Content-Type": "application/xml", ...headers },
    body: xmlDocument(root, children),
  };
}

export const NO_CONTENT: Reply = { status: 204 };

/** Returns the error response for an error. `send` omits its body where HTTP allows none. */
export function errorReply(error: S3Error, request: { ids: S3Request["ids"]; url: string }): Reply {
  const body = xmlDocument(
    "Error",
    [
      ["Code", error.code],
      ["Message", error.message],
      ...Object.entries(error.details),
      ["Resource", request.url],
      ["RequestId", request.ids.requestId],
      ["HostId", request.ids.hostId],
    ],
    "none",
  );
  const headers = { "Content-Type": "application/xml", ...error.headers };
  return { status: error.status, headers, body };
}

/**
 * Sends a reply. Resolves when it is sent or the client has disconnected. Rejects and closes the
 * connection if the content cannot be read.
 */
export async function send(
  response: ServerResponse,
  reply: Reply,
  request: { ids: S3Request["ids"]; method: string },
): Promise<void> {
  const content = typeof reply.body === "object" ? reply.body : undefined;
  try {
    for (const [name, value] of Object.entries(reply.headers ?? {})) {
      if (value !== undefined) response.setHeader(name, toWire(String(value)));
    }
    response.setHeader("x-amz-request-id", request.ids.requestId);
    response.setHeader("x-amz-id-2", request.ids.hostId);
    response.setHeader("Server", "AmazonS3");
    response.statusCode = reply.status;
    await sendBody(response, reply, request.method);
  } finally {
    content?.close();
  }
}

async function sendBody(response: ServerResponse, reply: Reply, method: string): Promise<void> {
  const { body, status } = reply;
  const bodiless = method === "HEAD" || status === 204 || status === 304;
  if (body === undefined || bodiless) {
    if (!bodiless) response.setHeader("Content-Length", 0);
    response.end();
    return;
  }
  if (typeof body === "string") {
    const bytes = Buffer.from(body);
    response.setHeader("Content-Length", bytes.length);
    response.end(bytes);
    return;
  }
  response.setHeader("Content-Length", body.length);
  if (body.chunks instanceof Uint8Array) {
    response.end(body.chunks);
    return;
  }
  try {
    await pipeline(body.chunks, response);
  } catch (error) {
    if (!isDisconnect(error)) throw error;
  }
}

function isDisconnect(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return (
    error.code === "ERR_STREAM_PREMATURE_CLOSE" ||
    error.code === "ECONNRESET" ||
    error.code === "EPIPE"
  );
}
