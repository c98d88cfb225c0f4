import { randomUUID } from "node:crypto";
import http from "node:http";

import { SqsError } from "./error.ts";
import {
  parseSqsRequest,
  protocolOf,
  type RenderedResponse,
  renderSqsResponse,
} from "./protocol.ts";
import type { Sqs } from "./sqs.ts";

const HOST = "127.0.0.1";

export interface SqsServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly endpoint: string;
  /** The number of requests without a response, such as waiting receives. */
  readonly openRequests: number;
  /** Closes all connections and resolves when no request is being handled. */
  close(): Promise<void>;
}

/** Serves the engine that `engine` returns, on 127.0.0.1. It accepts any credentials. */
export async function serve(engine: () => Sqs, port = 0): Promise<SqsServer> {
  let endpoint = "";
  const open = new Set<Promise<void>>();
  const server = http.createServer((request, response) => {
    const handling = respond(engine(), endpoint, request, response)
      .catch((error: unknown) => process.emitWarning(`No response was sent: ${String(error)}`))
      .finally(() => open.delete(handling));
    open.add(handling);
  });
  // A client can reuse an idle connection just when the server closes it, and then gets ECONNRESET.
  server.keepAliveTimeout = 0;
  endpoint = `http://${HOST}:${await listen(server, port)}`;
  return {
    endpoint,
    get openRequests() {
      return open.size;
    },
    async close() {
      await new Promise<void>((resolve) => {
        // Without an open port, `close` reports an error that means the same.
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await Promise.all(open);
    },
  };
}

function listen(server: http.Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => {
      const address = server.address();
      resolve(address !== null && typeof address === "object" ? address.port : port);
    });
  });
}

async function respond(
  sqs: Sqs,
  endpoint: string,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const disconnected = new AbortController();
  response.once("close", () => disconnected.abort());
  const { signal } = disconnected;
  const { status, headers, body } = await resultOf(sqs, endpoint, request, signal);
  if (!signal.aborted) response.writeHead(status, headers).end(body);
}

async function resultOf(
  sqs: Sqs,
  endpoint: string,
  request: http.IncomingMessage,
  signal: AbortSignal,
): Promise<RenderedResponse> {
  const { headers, url = "/" } = request;
  let operation = "Unknown";
  let output: Record<string, unknown> | SqsError;
  try {
    const parsed = parseSqsRequest(headers, url, await bodyOf(request));
    ({ operation } = parsed);
    output = await sqs.handle({ operation, input: parsed.input, endpoint, signal });
  } catch (error) {
    output = error instanceof SqsError ? error : internalError(error);
  }
  return renderSqsResponse(protocolOf(headers, url), operation, output, randomUUID());
}

async function bodyOf(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** An error with the reason in its message: the client is a test, and reports it to its author. */
function internalError(cause: unknown): SqsError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SqsError("InternalError", `Internal error: ${reason}`, { status: 500, cause });
}
