import type { ServerResponse } from "node:http";

import type { Authority } from "./authority.ts";
import { readBody } from "./body.ts";
import { anonymousCaller, type Caller, identify } from "./caller.ts";
import type { Keyring } from "./credentials.ts";
import type { FaultKind, Faults } from "./faults.ts";
import type { Call, Exchange, Front, HttpResponse, Problem } from "./front.ts";
import type { Meter } from "./meter.ts";

/** What the edge does with every request, apart from its service. */
export interface Checks {
  readonly keyring: Keyring;
  readonly authority: Authority;
  readonly meter: Meter;
  readonly faults: Faults;
}

const NO_BODY = Buffer.alloc(0);

/**
 * Handles a request for a service: identify the caller, count, authorize, inject a fault, perform.
 */
export async function handleRequest(
  front: Front,
  exchange: Exchange,
  checks: Checks,
): Promise<void> {
  const { request, response } = exchange;
  const fail = (problem: Problem) => send(response, front.errorResponse(problem, request));

  const maxBytes = front.maxBodyBytes;
  const body = maxBytes === undefined ? NO_BODY : await readBody(request, maxBytes);
  if (body === undefined) return fail({ kind: "too_large", maxBytes: maxBytes ?? 0 });
  const caller =
    front.isPublic?.(request) === true
      ? anonymousCaller(request)
      : identify(
          request,
          front.signingName,
          checks.keyring,
          maxBytes === undefined ? undefined : body,
        );
  if ("failure" in caller) return fail({ kind: "signature", failure: caller.failure });
  const call = front.parse(request, body);
  if (!("perform" in call)) return send(response, call);

  response.once("close", () =>
    checks.meter.add(front.name, call.operation, caller.name, response.statusCode >= 400),
  );
  const denial = authorize(front, call, caller, checks.authority);
  if (denial !== undefined) return fail({ kind: "denied", message: denial });
  const fault = faultFor(front, call, caller, checks.faults);
  switch (fault) {
    case "throttle":
    case "error":
    case "deny":
      return fail({ kind: "fault", fault });
    case "timeout":
      return undefined;
    case "reset":
      request.socket.destroy();
      return undefined;
    case "lost":
      loseResponse(exchange);
      break;
    case undefined:
      break;
  }
  const result = await call.perform(caller, exchange);
  if (result) send(response, result);
  return undefined;
}

export function send(response: ServerResponse, { status, headers, body }: HttpResponse): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** Returns the message of a denial, or undefined if the call is allowed. */
function authorize(
  { name }: Front,
  { needs, operation }: Call,
  caller: Caller,
  authority: Authority,
): string | undefined {
  if (!needs.ok)
    return authority.denyUnknown(caller.principal, `${name}:${operation}`, needs.problem);
  return authority.denialFor(caller.principal, needs.requirements, {
    "aws:SourceIp": caller.sourceIp,
  });
}

/** Faults are injected only into the calls of roles, never into those of the stage's owner. */
function faultFor(front: Front, call: Call, caller: Caller, faults: Faults): FaultKind | undefined {
  if (caller.principal.type !== "role") return undefined;
  return faults.forRequest(front.name, call.operation, call.text);
}

/** Closes the connection when the response begins, which is after the operation. */
function loseResponse({ request, response }: Exchange): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (status: number) => {
    request.socket.destroy();
    return writeHead(status);
  };
}
