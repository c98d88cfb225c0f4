import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import * as z from "zod";

import type { Endpoint } from "../../edge/server.ts";
import { MAX_RESPONSE_BYTES } from "./limits.ts";

/** An event for a function, with its deadline. */
export interface Invocation {
  requestId: string;
  functionArn: string;
  logGroup: string;
  payload: string;
  /** Milliseconds since the epoch. */
  deadline: number;
}

/** The result of an invocation. */
export type Outcome = { ok: true; /** JSON */ payload: string } | { ok: false; error: string };

/** Handles the calls of one worker process to the Runtime API. */
export interface RuntimeListener {
  /** The runtime waits for an invocation, which `send` sends. */
  ready(send: (invocation: Invocation & { logStream: string }) => void): void;
  done(requestId: string, outcome: Outcome): void;
  initFailed(error: string): void;
}

const ROUTE =
  /^\/_runtime\/([0-9a-f]{32})\/2018-06-01\/runtime\/(?:invocation\/(next)|invocation\/([^/]+)\/(response|error)|init\/(error))$/;

/** The Runtime API of Lambda, for all workers of a stack. Each worker has a secret path. */
export class RuntimeApi implements Endpoint {
  readonly #listeners = new Map<string, RuntimeListener>();

  /** Returns the path of a new worker for `AWS_LAMBDA_RUNTIME_API`. `release` makes it invalid. */
  register(listener: RuntimeListener): { path: string; release(): void } {
    const id = randomBytes(16).toString("hex");
    this.#listeners.set(id, listener);
    return { path: `/_runtime/${id}`, release: () => this.#listeners.delete(id) };
  }

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const match = ROUTE.exec(request.url ?? "");
    if (!match) return false;
    const [, worker = "", next, requestId, kind, init] = match;
    const listener = this.#listeners.get(worker);
    if (!listener) {
      response.writeHead(403).end();
      return true;
    }
    if (next !== undefined) {
      listener.ready((invocation) => {
        response.writeHead(200, {
          "content-type": "application/json",
          "lambda-runtime-aws-request-id": invocation.requestId,
          "lambda-runtime-deadline-ms": String(invocation.deadline),
          "lambda-runtime-invoked-function-arn": invocation.functionArn,
          // SST's runtime reads these two from the headers, AWS's runtimes from the environment.
          "lambda-runtime-log-group-name": invocation.logGroup,
          "lambda-runtime-log-stream-name": invocation.logStream,
        });
        response.end(invocation.payload);
      });
      return true;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_RESPONSE_BYTES) chunks.push(chunk);
    });
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      response.writeHead(202).end();
      if (init !== undefined) listener.initFailed(errorText(body));
      else if (size > MAX_RESPONSE_BYTES) {
        const error = `the response is larger than ${MAX_RESPONSE_BYTES} bytes, the most that Lambda accepts`;
        listener.done(requestId ?? "", { ok: false, error });
      } else if (kind === "response") {
        // For `undefined`, SST's runtime sends an empty body, and Lambda's sends null.
        listener.done(requestId ?? "", { ok: true, payload: body === "" ? "null" : body });
      } else listener.done(requestId ?? "", { ok: false, error: errorText(body) });
    });
    return true;
  }
}

const RuntimeError = z.object({
  errorMessage: z.optional(z.string()),
  trace: z.optional(z.array(z.string())),
});

/** Returns the stack trace of a reported error, or else its message. */
function errorText(body: string): string {
  const parsed = RuntimeError.safeParse(jsonOf(body));
  if (!parsed.success) return body;
  const { errorMessage, trace = [] } = parsed.data;
  return trace.length > 0 ? trace.join("\n") : (errorMessage ?? body);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not an error in the format of Lambda
  }
}
