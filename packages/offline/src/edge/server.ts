import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import { OfflineError } from "../ground/error.ts";
import { printableLines } from "../ground/print.ts";
import type { Exchange, Front } from "./front.ts";
import { KEEP_ALIVE_MILLISECONDS, MAX_HEADER_BYTES, PAUSE_MILLISECONDS } from "./limits.ts";
import { type Checks, handleRequest, send } from "./pipeline.ts";
import { frontFor, unknownService } from "./route.ts";

/** Handles requests that are not calls of an AWS service, such as control commands. */
export interface Endpoint {
  /** Handles a request, or returns false if it is not for this endpoint. */
  handle(request: http.IncomingMessage, response: http.ServerResponse): boolean;
}

type Handler = (exchange: Exchange) => Promise<void> | void;

/** The HTTP server of a stack, on 127.0.0.1. */
export class Edge {
  readonly #server = http.createServer({ maxHeaderSize: MAX_HEADER_BYTES });
  readonly #sockets = new Set<Socket>();
  readonly #pending = new Set<Promise<void>>();
  /** Requests that arrive before `serve` is called wait for it. */
  #handler = Promise.withResolvers<Handler>();

  private constructor() {
    // No limit: long polls, slow uploads and a runtime that waits for an invocation take minutes.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = KEEP_ALIVE_MILLISECONDS;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    this.#server.on("request", (request, response) => {
      const pending = this.#handler.promise
        .then((handle) => handle({ request, response }))
        .catch((error: unknown) => fail(response, error))
        .finally(() => this.#pending.delete(pending));
      this.#pending.add(pending);
    });
  }

  /**
   * Listens on a port of 127.0.0.1; 0 is any free port. Throws `OfflineError` (`edge.port_taken`,
   * `edge.port_unusable`) if it cannot.
   */
  static async listen(port: number): Promise<Edge> {
    const edge = new Edge();
    await new Promise<void>((resolve, reject) => {
      edge.#server.once("error", (cause: NodeJS.ErrnoException) =>
        reject(
          cause.code === "EADDRINUSE"
            ? new OfflineError(
                "edge.port_taken",
                `port ${port} on 127.0.0.1 is taken by another program. Stop it, or choose another port with --port.`,
                { cause },
              )
            : new OfflineError(
                "edge.port_unusable",
                `port ${port} on 127.0.0.1 cannot be used: ${cause.message}. Choose another port with --port.`,
                { cause },
              ),
        ),
      );
      edge.#server.listen(port, "127.0.0.1", resolve);
    });
    return edge;
  }

  /** `127.0.0.1:4599` */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get endpoint(): string {
    return `http://${this.address}`;
  }

  /**
   * Lets new requests wait for the next call of `serve`. Resolves when those before have been
   * handled, or after `PAUSE_MILLISECONDS`: some wait for what only happens later.
   */
  async pause(): Promise<void> {
    this.#handler = Promise.withResolvers<Handler>();
    const timeout = new AbortController();
    await Promise.race([
      Promise.all(this.#pending),
      delay(PAUSE_MILLISECONDS, undefined, { signal: timeout.signal }),
    ]);
    timeout.abort();
  }

  /** Starts to handle requests, those that have already arrived included. */
  serve(fronts: readonly Front[], endpoints: readonly Endpoint[], checks: Checks): void {
    this.#handler.resolve((exchange) => {
      const { request, response } = exchange;
      if (endpoints.some((endpoint) => endpoint.handle(request, response))) return undefined;
      const front = frontFor(request, fronts);
      if (front) return handleRequest(front, exchange, checks);
      return send(response, unknownService(request, fronts));
    });
  }

  /** Closes all connections. Resolves when no request is being handled. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    this.#handler.resolve(() => undefined);
    await Promise.all([closed, ...this.#pending]);
  }
}

function fail(response: http.ServerResponse, error: unknown): void {
  // The client closed the connection during its request. That is not an error.
  if (response.destroyed && (error as NodeJS.ErrnoException).code === "ECONNRESET") return;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`edge: ${printableLines(text)}\n`);
  if (!response.headersSent) response.writeHead(500);
  response.end();
}
