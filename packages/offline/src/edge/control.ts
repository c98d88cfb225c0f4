import crypto from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import { readBody } from "./body.ts";

/** What can be asked of a running stack by whoever has its token: tests, `offline shell`, a soak. */
export type Commands = Record<string, (input: unknown) => unknown>;

/** `POST /_offline/<command>` with the token of the stack: no page in a browser can send it. */
export class Control {
  readonly token = crypto.randomBytes(24).toString("hex");
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  /** @returns whether the request was for it, and is being answered. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const name = /^\/_offline\/([a-z-]+)$/.exec(request.url ?? "")?.[1];
    if (name === undefined) return false;
    const command = Object.hasOwn(this.#commands, name) ? this.#commands[name] : undefined;
    const sent = Buffer.from(String(request.headers["x-offline-token"] ?? ""));
    const token = Buffer.from(this.token);
    if (
      request.method !== "POST" ||
      sent.length !== token.length ||
      !crypto.timingSafeEqual(sent, token)
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
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body ?? {}));
    };
    try {
      const body = (await readBody(request))?.toString() ?? "";
      answer(200, await command(body === "" ? undefined : JSON.parse(body)));
    } catch (error) {
      answer(400, { error: error instanceof Error ? error.message : String(error) });
    }
  }
}
