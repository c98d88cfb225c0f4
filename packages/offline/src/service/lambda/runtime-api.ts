import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import * as z from "zod";

import type { Endpoint } from "../../edge/server.ts";
import { MAX_RESPONSE_BYTES } from "./limits.ts";

/** One event for a function, and when it must be done. */
export interface Invocation {
  requestId: string;
  functionArn: string;
  logGroup: string;
  logStream: string;
  payload: string;
  /** Milliseconds since the epoch. */
  deadline: number;
}

/** How a runtime answered an invocation. */
export type Outcome = { ok: true; /** JSON */ payload: string } | { ok: false; error: string };

/** What a worker process does through the Runtime API, seen from the side of Lambda. */
export interface RuntimeListener {
  /** The runtime is idle; `give` hands it its next invocation. */
  ready(give: (invocation: Invocation) => void): void;
  done(requestId: string, outcome: Outcome): void;
  initFailed(error: string): void;
}

const ROUTE =
  /^\/_runtime\/([0-9a-f]{32})\/2018-06-01\/runtime\/(?:invocation\/(next)|invocation\/([^/]+)\/(response|error)|init\/(error))$/;

/** Lambda's Runtime API, for all workers of a stack: each has a path of its own that nobody can guess. */
export class RuntimeApi implements Endpoint {
  readonly #listeners = new Map<string, RuntimeListener>();

  /** @returns the value of `AWS_LAMBDA_RUNTIME_API` for a new worker, less the host; and how to let go of it. */
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
          // AWS's runtimes read these two from the environment; SST's asks for them here.
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
        const error = `the response is larger than ${MAX_RESPONSE_BYTES} bytes, which is all that Lambda takes`;
        listener.done(requestId ?? "", { ok: false, error });
      } else if (kind === "response") {
        // SST's loop sends nothing for `undefined`, where Lambda's own sends null.
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

/** What a runtime says of an error, as a person reads it: the stack trace, or else the message. */
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
    return undefined; // another runtime's own words
  }
}
