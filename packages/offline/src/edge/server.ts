import http from "node:http";
import type { AddressInfo, Socket } from "node:net";

import type { Dynamo } from "../dynamodb/index.ts";
import { OfflineError } from "../error.ts";
import type { RuntimeApi } from "../lambda/runtime-api.ts";
import type { FunctionUrls } from "../lambda/url.ts";
import type { S3 } from "../s3/index.ts";
import type { Sqs } from "../sqs/index.ts";
import { parseSqsRequest, renderSqsResponse } from "../sqs/protocol.ts";
import { SqsError } from "../sqs/error.ts";
import { readBody } from "./body.ts";
import { claimOf } from "./caller.ts";
import type { Control } from "./control.ts";
import type { Keyring, Principal } from "./credentials.ts";
import type { Faults } from "./faults.ts";
import type { Meter } from "./meter.ts";
import { type Refusal, type Service, refuse, refuseForFault } from "./refusal.ts";
import { s3OperationOf } from "./s3-operation.ts";

export interface EdgeOptions {
  port: number;
  keyring: Keyring;
  meter: Meter;
  faults: Faults;
}

/** What is behind the edge; attached once it listens, since services need its address. */
export interface Services {
  s3: S3;
  sqs: Sqs;
  dynamo: Dynamo;
  urls: FunctionUrls;
  runtimeApi: RuntimeApi;
  control: Control;
}

const SERVICES = new Set<string>(["s3", "dynamodb", "sqs", "lambda"]);
const isService = (name: string): name is Service => SERVICES.has(name);

/** The one address of a stack, on 127.0.0.1: who calls, whether they may, what goes wrong, and how often. */
export class Edge {
  readonly #options: EdgeOptions;
  readonly #server = http.createServer();
  readonly #sockets = new Set<Socket>();

  private constructor(options: EdgeOptions) {
    this.#options = options;
    // A long poll, a slow upload and a runtime that waits for work are all ordinary here.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 65_000;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** @throws OfflineError `edge.port_taken`. */
  static async listen(options: EdgeOptions): Promise<Edge> {
    const edge = new Edge(options);
    await new Promise<void>((resolve, reject) => {
      edge.#server.once("error", (cause: NodeJS.ErrnoException) =>
        reject(
          cause.code === "EADDRINUSE"
            ? new OfflineError(
                "edge.port_taken",
                `port ${options.port} on 127.0.0.1 is taken by another program. Stop it, or choose another port with --port.`,
                { cause },
              )
            : cause,
        ),
      );
      edge.#server.listen(options.port, "127.0.0.1", resolve);
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
  serve(services: Services): void {
    this.#server.on("request", (request, response) => {
      this.#answer(services, request, response).catch((error: unknown) => {
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

  async #answer(
    services: Services,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    if (services.runtimeApi.handle(request, response)) return;
    if (services.control.handle(request, response)) return;

    const service = serviceOf(request);
    const caller = this.#callerOf(request);
    if (!caller) {
      send(response, unknownKey(service));
      return;
    }
    switch (service) {
      case "s3":
        return this.#s3(services, caller, request, response);
      case "sqs":
        return this.#sqs(services, caller, request, response);
      case "dynamodb":
        return this.#dynamodb(services, caller, request, response);
      case "lambda":
        return services.urls.handle(request, response);
    }
  }

  /** @returns nothing when the request names a key that this stage never issued. */
  #callerOf(request: http.IncomingMessage): Caller | undefined {
    const claim = claimOf(request);
    if (!claim) return { accessKeyId: "", name: "anonymous", principal: { type: "anonymous" } };
    const known = this.#options.keyring.find(claim.accessKeyId);
    if (!known) return undefined;
    const { principal } = known;
    const name = principal.type === "role" ? principal.name : principal.type;
    return { accessKeyId: claim.accessKeyId, name, principal };
  }

  async #s3(
    { s3 }: Services,
    caller: Caller,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const operation = s3OperationOf(request.method ?? "GET", request.url ?? "/");
    response.once("close", () => this.#count("s3", operation, caller, response.statusCode));
    const url = () => request.url ?? "";
    if (this.#disturb("s3", operation, caller, url, request, response) === "done") return;
    await s3.handle(
      request,
      response,
      {
        accessKeyId: caller.accessKeyId,
        principalId: caller.name,
        sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
      },
      { allows: () => caller.principal.type !== "anonymous" },
    );
  }

  async #sqs(
    { sqs }: Services,
    caller: Caller,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const body = await readBody(request);
    if (!body) return send(response, refuse("sqs", 413, "RequestEntityTooLarge", "too large"));
    const requestId = crypto.randomUUID();
    const parsed = attempt(() => parseSqsRequest(request.headers, request.url ?? "/", body));
    if (parsed instanceof SqsError) {
      return send(response, renderSqsResponse("json", "Unknown", parsed, requestId));
    }
    const { operation, input, protocol } = parsed;
    response.once("close", () => this.#count("sqs", operation, caller, response.statusCode));
    const text = () => body.toString();
    const disturbance = this.#disturb("sqs", operation, caller, text, request, response);
    if (disturbance === "done") return;
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const output = await sqs
      .handle({ operation, input, endpoint: this.endpoint, signal: gone.signal })
      .catch((error: unknown) => {
        if (error instanceof SqsError) return error;
        throw error;
      });
    if (disturbance === "lost") {
      request.socket.destroy();
      return;
    }
    send(response, renderSqsResponse(protocol, operation, output, requestId));
  }

  async #dynamodb(
    { dynamo }: Services,
    caller: Caller,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const target = String(request.headers["x-amz-target"] ?? "");
    const operation = target.split(".")[1] ?? "Unknown";
    response.once("close", () => this.#count("dynamodb", operation, caller, response.statusCode));
    const body = await readBody(request);
    if (!body) {
      return send(response, refuse("dynamodb", 413, "RequestEntityTooLarge", "larger than 16 MB"));
    }
    const text = () => body.toString();
    const disturbance = this.#disturb("dynamodb", operation, caller, text, request, response);
    if (disturbance === "done") return;
    const answer = await dynamo.handle(target, body);
    if (disturbance === "lost") {
      request.socket.destroy();
      return;
    }
    send(response, answer);
  }

  /** @returns "done" when the request has met its fate, "lost" when it is to be done and not answered. */
  #disturb(
    service: Service,
    operation: string,
    caller: Caller,
    text: () => string,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): "done" | "lost" | undefined {
    if (caller.principal.type !== "role") return undefined;
    const fault = this.#options.faults.forRequest(service, operation, text);
    switch (fault) {
      case undefined:
        return undefined;
      case "throttle":
      case "error":
      case "deny":
        send(response, refuseForFault(fault, service));
        return "done";
      case "timeout":
        return "done";
      case "reset":
        request.socket.destroy();
        return "done";
      case "lost":
        return "lost";
    }
  }

  #count(service: string, operation: string, caller: Caller, status: number): void {
    this.#options.meter.add(service, operation, caller.name, status >= 400);
  }
}

interface Caller {
  accessKeyId: string;
  /** As the meter counts it. */
  name: string;
  principal: Principal;
}

function serviceOf(request: http.IncomingMessage): Service {
  if (request.url?.startsWith("/_url/")) return "lambda";
  const target = String(request.headers["x-amz-target"] ?? "");
  if (target.startsWith("DynamoDB_")) return "dynamodb";
  if (target.startsWith("AmazonSQS.")) return "sqs";
  const claimed = claimOf(request)?.service ?? "s3";
  return isService(claimed) ? claimed : "s3";
}

function unknownKey(service: Service): Refusal {
  return service === "s3"
    ? refuse(
        service,
        403,
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
      )
    : refuse(
        service,
        service === "dynamodb" ? 400 : 403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
      );
}

function send(response: http.ServerResponse, { status, headers, body }: Refusal): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function attempt<T>(call: () => T): T | SqsError {
  try {
    return call();
  } catch (error) {
    if (error instanceof SqsError) return error;
    throw error;
  }
}
