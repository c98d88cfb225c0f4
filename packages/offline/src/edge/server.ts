import http from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { OfflineError } from "../error.ts";
import type { RuntimeApi } from "../lambda/runtime-api.ts";
import { printable } from "../print.ts";
import { toCloudWatch } from "./cloudwatch.ts";
import type { Control } from "./control.ts";
import { toDynamo } from "./dynamodb.ts";
import { type Behind, type Exchange, send } from "./exchange.ts";
import { toFunctionUrl } from "./function-url.ts";
import { refuseService } from "./refusal.ts";
import { toS3 } from "./s3.ts";
import { toSqs } from "./sqs.ts";

/** More than Node's own 16 KiB, so that S3 can say itself that metadata is too large. */
const MAX_HEADERS = 64 * 1024;

type Answer = (exchange: Exchange) => Promise<void> | void;

/** The one address of a stack, on 127.0.0.1. */
export class Edge {
  readonly #server = http.createServer({ maxHeaderSize: MAX_HEADERS });
  readonly #sockets = new Set<Socket>();
  readonly #answering = new Set<Promise<void>>();
  /** Requests that come before anything stands behind the edge wait for it. */
  readonly #answer = Promise.withResolvers<Answer>();

  private constructor() {
    // A long poll, a slow upload and a runtime that waits for work are all ordinary here.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 65_000;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    this.#server.on("request", (request, response) => {
      const answering = this.#answer.promise
        .then((answer) => answer({ request, response }))
        .catch((error: unknown) => fail(response, error))
        .finally(() => this.#answering.delete(answering));
      this.#answering.add(answering);
    });
  }

  /** @param port 0 takes any that is free. @throws OfflineError `edge.port_taken`, `edge.port_refused`. */
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
                "edge.port_refused",
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

  /** From here on requests are answered. */
  serve(behind: Behind, runtimeApi: RuntimeApi, control: Control): void {
    this.#answer.resolve((exchange) => {
      const { request, response } = exchange;
      if (runtimeApi.handle(request, response) || control.handle(request, response))
        return undefined;
      return answer(behind, exchange);
    });
  }

  /** Cuts all connections; resolves when nothing works for them any more. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    this.#answer.resolve(() => undefined);
    await Promise.all([closed, ...this.#answering]);
  }
}

function fail(response: http.ServerResponse, error: unknown): void {
  // The client has gone away in the middle of its request: nothing has failed.
  if (response.destroyed && (error as NodeJS.ErrnoException).code === "ECONNRESET") return;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`edge: ${text.split("\n").map(printable).join("\n")}\n`);
  if (!response.headersSent) response.writeHead(500);
  response.end();
}

/** AWS tells services apart by their hosts; here it is the protocol, and the service that was signed for. */
function answer(behind: Behind, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const target = String(request.headers["x-amz-target"] ?? "");
  if (request.url?.startsWith("/_url/")) return toFunctionUrl(behind, exchange);
  if (target.startsWith("DynamoDB_")) return toDynamo(behind, exchange);
  if (target.startsWith("AmazonSQS.")) return toSqs(behind, exchange);
  const service = serviceSignedFor(request);
  switch (service) {
    case undefined:
    case "s3":
      return toS3(behind, exchange);
    case "dynamodb":
      return toDynamo(behind, exchange);
    case "sqs":
      return toSqs(behind, exchange);
    case "monitoring":
      return toCloudWatch(behind, exchange);
    default:
      send(response, refuseService(service, request.headers["content-type"]));
      return Promise.resolve();
  }
}

/** The service in a credential's scope, `<key>/<date>/<region>/<service>/aws4_request`. Nothing is checked here. */
function serviceSignedFor({ headers, url }: http.IncomingMessage): string | undefined {
  const header = /Credential=([^,\s]+)/.exec(headers.authorization ?? "")?.[1];
  const scope = header ?? new URLSearchParams(url?.split("?")[1]).get("X-Amz-Credential") ?? "";
  return scope.split("/").at(-2);
}
