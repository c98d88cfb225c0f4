import type { ServerResponse } from "node:http";

import type { Authority } from "./authority.ts";
import { readBody } from "./body.ts";
import { anonymous, type Caller, identify } from "./caller.ts";
import type { Keyring } from "./credentials.ts";
import type { FaultKind, Faults } from "./faults.ts";
import type { Answer, Call, Exchange, Front, Problem } from "./front.ts";
import type { Meter } from "./meter.ts";

/** What every request passes on its way to a service. */
export interface Checks {
  readonly keyring: Keyring;
  readonly authority: Authority;
  readonly meter: Meter;
  readonly faults: Faults;
}

const NO_BODY = Buffer.alloc(0);

/** Answers one request for a service: identify the caller, count, authorize, inject a fault, perform. */
export async function answer(front: Front, exchange: Exchange, checks: Checks): Promise<void> {
  const { request, response } = exchange;
  const fail = (problem: Problem) => send(response, front.errorResponse(problem, request));

  const maxBytes = front.maxBodyBytes;
  const body = maxBytes === undefined ? NO_BODY : await readBody(request, maxBytes);
  if (body === undefined) return fail({ kind: "too_large", maxBytes: maxBytes ?? 0 });
  const caller =
    front.isPublic?.(request) === true
      ? anonymous(request)
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
  const denied = deny(front, call, caller, checks.authority);
  if (denied) return fail({ kind: "denied", message: denied.message });
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
  const performed = await call.perform(caller, exchange);
  if (performed) send(response, performed);
  return undefined;
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function deny({ name }: Front, { needs, operation }: Call, caller: Caller, authority: Authority) {
  if (!needs.ok)
    return authority.denyUnknown(caller.principal, `${name}:${operation}`, needs.problem);
  return authority.deny(caller.principal, needs.requirements, { "aws:SourceIp": caller.sourceIp });
}

/** Faults are for the calls of functions. The calls of the stage's owner are never disturbed. */
function faultFor(front: Front, call: Call, caller: Caller, faults: Faults): FaultKind | undefined {
  if (caller.principal.type !== "role") return undefined;
  return faults.forRequest(front.name, call.operation, call.text);
}

/** Cuts the connection where the response begins, which is when the operation is done. */
function loseResponse({ request, response }: Exchange): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (status: number) => {
    request.socket.destroy();
    return writeHead(status);
  };
}
