import http from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { OfflineError } from "../error.ts";
import type { RuntimeApi } from "../lambda/runtime-api.ts";
import type { Control } from "./control.ts";
import { toDynamo } from "./dynamodb.ts";
import { type Behind, type Exchange, send } from "./exchange.ts";
import { toFunctionUrl } from "./function-url.ts";
import { refuse } from "./refusal.ts";
import { toS3 } from "./s3.ts";
import { toSqs } from "./sqs.ts";

/** The one address of a stack, on 127.0.0.1. */
export class Edge {
  readonly #server = http.createServer();
  readonly #sockets = new Set<Socket>();

  private constructor() {
    // A long poll, a slow upload and a runtime that waits for work are all ordinary here.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 65_000;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** @param port 0 takes any that is free. @throws OfflineError `edge.port_taken`. */
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
            : cause,
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
    this.#server.on("request", (request, response) => {
      if (runtimeApi.handle(request, response) || control.handle(request, response)) return;
      answer(behind, { request, response }).catch((error: unknown) => {
        process.stderr.write(`edge: ${error instanceof Error ? error.stack : String(error)}\n`);
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }
}

/** AWS tells services apart by their hosts; here it is the protocol, and the service that was signed for. */
function answer(behind: Behind, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const target = String(request.headers["x-amz-target"] ?? "");
  if (request.url?.startsWith("/_url/")) return toFunctionUrl(behind, exchange);
  if (target.startsWith("DynamoDB_")) return toDynamo(behind, exchange);
  if (target.startsWith("AmazonSQS.")) return toSqs(behind, exchange);
  switch (serviceSignedFor(request)) {
    case undefined:
    case "s3":
      return toS3(behind, exchange);
    case "dynamodb":
      return toDynamo(behind, exchange);
    case "sqs":
      return toSqs(behind, exchange);
    case "lambda":
      return toFunctionUrl(behind, exchange);
    default: {
      const message = `offline does not run the service that this request is signed for.`;
      send(response, refuse("lambda", 501, "NotImplemented", message));
      return Promise.resolve();
    }
  }
}

/** The service in a credential's scope, `<key>/<date>/<region>/<service>/aws4_request`. Nothing is checked here. */
function serviceSignedFor({ headers, url }: http.IncomingMessage): string | undefined {
  const header = /Credential=([^,\s]+)/.exec(headers.authorization ?? "")?.[1];
  const scope = header ?? new URLSearchParams(url?.split("?")[1]).get("X-Amz-Credential") ?? "";
  return scope.split("/").at(-2);
}
