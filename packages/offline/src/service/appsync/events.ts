import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

import { type WebSocket, WebSocketServer } from "ws";
import * as z from "zod";

import { readBody } from "../../edge/body.ts";
import type { Certificate } from "./certificate.ts";

/** A signed request, which says who sent it. */
export interface SignedRequest {
  headers: readonly string[];
  body: Buffer;
}

/** Who may do what: returns the reason of a denial, or undefined. */
export type Authorize = (
  operation: "EventConnect" | "EventSubscribe" | "EventPublish",
  channel: string | undefined,
  signed: SignedRequest,
) => string | undefined;

/** The longest request to publish (AppSync quotas: 240 KB for an event, 5 events). */
const MAX_BYTES = 2 * 1024 * 1024;
const KEEP_ALIVE_MILLISECONDS = 60_000;
const CONNECTION_TIMEOUT_MILLISECONDS = 300_000;

const Publish = z.object({ channel: z.string(), events: z.array(z.string()).min(1).max(5) });
const Authorization = z.record(z.string(), z.string());
const Message = z.object({
  type: z.string(),
  id: z.optional(z.string()),
  channel: z.optional(z.string()),
  authorization: z.optional(Authorization),
});

/**
 * The protocol of AppSync Events over TLS: events are published with a signed request, and arrive at
 * the WebSockets that subscribe to their channel (AppSync Developer Guide, "Understanding the Event
 * API WebSocket protocol").
 */
export class EventServer {
  readonly #server: https.Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #authorize: Authorize;
  /** The channels of each connection, by the id of the subscription. */
  readonly #subscriptions = new Map<WebSocket, Map<string, string>>();

  private constructor(certificate: Certificate, authorize: Authorize) {
    this.#authorize = authorize;
    this.#server = https.createServer(certificate);
    this.#server.on("request", (request, response) => void this.#request(request, response));
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Listens on 127.0.0.1. Rejects if the port is taken; 0 is any free port. */
  static async listen(
    port: number,
    certificate: Certificate,
    authorize: Authorize,
  ): Promise<EventServer> {
    const server = new EventServer(certificate, authorize);
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(port, "127.0.0.1", resolve);
    });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#subscriptions.keys()) socket.terminate();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const respond = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const body = await readBody(request, MAX_BYTES);
    if (request.method !== "POST" || request.url !== "/event") {
      return respond(404, failure("NotFoundException", "The path does not exist."));
    }
    if (!body) return respond(413, failure("RequestEntityTooLarge", "The request is too large."));
    const input = Publish.safeParse(jsonOf(body.toString())).data;
    if (!input) {
      return respond(400, failure("BadRequestException", "channel and events are needed."));
    }
    const channel = normalized(input.channel);
    const signed = { headers: request.rawHeaders, body };
    const denial = this.#authorize("EventPublish", channel, signed);
    if (denial !== undefined) return respond(401, failure("UnauthorizedException", denial));
    this.#publish(channel, input.events);
    const successful = input.events.map((_, index) => ({ identifier: crypto.randomUUID(), index }));
    return respond(200, { successful, failed: [] });
  }

  #publish(channel: string, events: readonly string[]): void {
    for (const [socket, subscriptions] of this.#subscriptions) {
      for (const [id, pattern] of subscriptions) {
        if (!matches(pattern, channel)) continue;
        for (const event of events) socket.send(JSON.stringify({ id, type: "data", event }));
      }
    }
  }

  /** A client sends the headers of a signed request as a subprotocol, encoded with Base64. */
  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const protocols = (request.headers["sec-websocket-protocol"] ?? "").split(/,\s*/);
    const encoded = protocols.find((each) => each.startsWith("header-"))?.slice("header-".length);
    const headers = Authorization.safeParse(
      jsonOf(Buffer.from(encoded ?? "", "base64url").toString()),
    ).data;
    const denial =
      headers && request.url === "/event/realtime"
        ? this.#authorize("EventConnect", undefined, signedWith(headers, {}))
        : "The connection needs a signed header.";
    if (denial !== undefined) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (connection) => this.#connected(connection));
  }

  #connected(socket: WebSocket): void {
    this.#subscriptions.set(socket, new Map());
    const keepAlive = setInterval(() => send(socket, { type: "ka" }), KEEP_ALIVE_MILLISECONDS);
    socket.on("message", (data: Buffer) => this.#received(socket, data.toString()));
    socket.once("close", () => {
      clearInterval(keepAlive);
      this.#subscriptions.delete(socket);
    });
    // The connection is closed after an error.
    socket.on("error", () => undefined);
  }

  #received(socket: WebSocket, text: string): void {
    const message = Message.safeParse(jsonOf(text)).data;
    const subscriptions = this.#subscriptions.get(socket);
    if (!subscriptions) return; // the connection is closing
    if (!message) {
      const errors = [{ errorType: "BadRequestException", message: "The message is not valid." }];
      send(socket, { type: "error", errors });
      return;
    }
    const { type, id = "", channel = "", authorization = {} } = message;
    switch (type) {
      case "connection_init":
        send(socket, {
          type: "connection_ack",
          connectionTimeoutMs: CONNECTION_TIMEOUT_MILLISECONDS,
        });
        break;
      case "subscribe": {
        const signed = signedWith(authorization, { channel });
        const denial = this.#authorize("EventSubscribe", normalized(channel), signed);
        if (denial !== undefined) {
          const errors = [{ errorType: "UnauthorizedException", message: denial }];
          send(socket, { type: "subscribe_error", id, errors });
          break;
        }
        subscriptions.set(id, normalized(channel));
        send(socket, { type: "subscribe_success", id });
        break;
      }
      case "unsubscribe":
        subscriptions.delete(id);
        send(socket, { type: "unsubscribe_success", id });
        break;
      default: {
        const errors = [{ errorType: "UnsupportedOperation", message: `unknown type ${type}` }];
        send(socket, { type: "error", id, errors });
      }
    }
  }
}

const send = (socket: WebSocket, message: object): void => socket.send(JSON.stringify(message));

const failure = (errorType: string, message: string): object => ({
  errors: [{ errorType, message }],
});

/**
 * A subscription and a connection are authorized as a request to publish with this body. Its length
 * can be signed, but is not among the headers that clients send.
 */
function signedWith(headers: Record<string, string>, content: object): SignedRequest {
  const body = Buffer.from(JSON.stringify(content));
  return {
    headers: Object.entries({ ...headers, "content-length": String(body.length) }).flat(),
    body,
  };
}

const normalized = (channel: string): string => (channel.startsWith("/") ? channel : `/${channel}`);

/** A subscription to `/a/*` receives what is published below `/a`. */
const matches = (pattern: string, channel: string): boolean =>
  pattern.endsWith("/*") ? channel.startsWith(pattern.slice(0, -1)) : pattern === channel;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller reports what it expected
  }
}
