import http from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { OfflineError } from "../ground/error.ts";
import { printable } from "../ground/print.ts";
import type { Exchange, Front } from "./front.ts";
import { KEEP_ALIVE_MILLISECONDS, MAX_HEADER_BYTES } from "./limits.ts";
import { answer, type Checks, send } from "./pipeline.ts";
import { frontFor, unknownService } from "./route.ts";

/** Something that answers requests of its own, which are not calls of a service. */
export interface Endpoint {
  /** Returns whether the request is for it. It answers the request then. */
  handle(request: http.IncomingMessage, response: http.ServerResponse): boolean;
}

type Answer = (exchange: Exchange) => Promise<void> | void;

/** The one address of a stack, on 127.0.0.1. */
export class Edge {
  readonly #server = http.createServer({ maxHeaderSize: MAX_HEADER_BYTES });
  readonly #sockets = new Set<Socket>();
  readonly #answering = new Set<Promise<void>>();
  /** Requests that arrive before the services are open wait for them. */
  readonly #answer = Promise.withResolvers<Answer>();

  private constructor() {
    // A long poll, a slow upload and a runtime that waits for an invocation take as long as they take.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = KEEP_ALIVE_MILLISECONDS;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    this.#server.on("request", (request, response) => {
      const answering = this.#answer.promise
        .then((handle) => handle({ request, response }))
        .catch((error: unknown) => fail(response, error))
        .finally(() => this.#answering.delete(answering));
      this.#answering.add(answering);
    });
  }

  /** Listens on a port of 127.0.0.1; 0 is any free port. Throws `OfflineError` (`edge.port_taken`, `edge.port_unusable`). */
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

  /** Starts to answer requests. */
  serve(fronts: readonly Front[], endpoints: readonly Endpoint[], checks: Checks): void {
    this.#answer.resolve((exchange) => {
      const { request, response } = exchange;
      if (endpoints.some((endpoint) => endpoint.handle(request, response))) return undefined;
      const front = frontFor(request, fronts);
      if (front) return answer(front, exchange, checks);
      return send(response, unknownService(request, fronts));
    });
  }

  /** Cuts all connections. Resolves when no request is being answered. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    this.#answer.resolve(() => undefined);
    await Promise.all([closed, ...this.#answering]);
  }
}

function fail(response: http.ServerResponse, error: unknown): void {
  // The client has closed the connection within its request: nothing has failed.
  if (response.destroyed && (error as NodeJS.ErrnoException).code === "ECONNRESET") return;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`edge: ${text.split("\n").map(printable).join("\n")}\n`);
  if (!response.headersSent) response.writeHead(500);
  response.end();
}
