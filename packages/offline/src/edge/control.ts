import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import { readBody } from "./body.ts";
import { MAX_BODY_BYTES } from "./limits.ts";
import type { Endpoint } from "./server.ts";

/** Control commands of a running stack, by name: for tests, `offline shell` and other programs. */
export type Commands = Record<string, (input: unknown) => unknown>;

/**
 * Runs `POST /_offline/<command>` for callers that send the token of the stack. A web page cannot
 * send it: the custom header needs a CORS preflight, which is rejected.
 */
export class Control implements Endpoint {
  readonly token = randomBytes(24).toString("hex");
  commands: Commands;

  constructor(commands: Commands = {}) {
    this.commands = commands;
  }

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const name = /^\/_offline\/([a-z0-9-]+)$/.exec(request.url ?? "")?.[1];
    if (name === undefined) return false;
    const command = Object.hasOwn(this.commands, name) ? this.commands[name] : undefined;
    const sent = Buffer.from(String(request.headers["x-offline-token"] ?? ""));
    const token = Buffer.from(this.token);
    if (
      request.method !== "POST" ||
      sent.length !== token.length ||
      !timingSafeEqual(sent, token)
    ) {
      response.writeHead(403).end();
    } else if (command === undefined) {
      response.writeHead(404).end();
    } else {
      void this.#run(command, request, response);
    }
    return true;
  }

  async #run(
    command: (input: unknown) => unknown,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const respond = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body ?? {}));
    };
    try {
      const body = (await readBody(request, MAX_BODY_BYTES))?.toString() ?? "";
      respond(200, await command(body === "" ? undefined : JSON.parse(body)));
    } catch (error) {
      respond(400, { error: error instanceof Error ? error.message : String(error) });
    }
  }
}
