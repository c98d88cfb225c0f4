import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";

import { type Principal, verifySignature } from "@waybill/iam";

import type { Keyring } from "./credentials.ts";

/** The sender of a request. */
export interface Caller {
  accessKeyId: string;
  /** A role's name, `root` or `anonymous`. */
  name: string;
  principal: Principal;
  sourceIp: string;
}

/** Why a signature is not valid. */
export type SignatureFailure = Exclude<ReturnType<typeof verifySignature>, { ok: true }>;

/** Returns the caller of an unsigned request. */
export function anonymousCaller(request: IncomingMessage): Caller {
  return {
    accessKeyId: "",
    name: "anonymous",
    principal: { type: "anonymous" },
    sourceIp: addressOf(request),
  };
}

const addressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? "127.0.0.1";

/**
 * Returns the caller of a request, whom its signature identifies, or why the signature is not
 * valid. The caller of an unsigned request is anonymous. `body` is the whole body, for services
 * whose signature covers it. A request to S3 states the hash of its body, and S3 verifies it.
 */
export function identify(
  request: IncomingMessage,
  signingName: string,
  keyring: Keyring,
  body?: Buffer,
): Caller | { failure: SignatureFailure } {
  const verified = verifySignature(
    {
      method: request.method ?? "GET",
      url: request.url ?? "/",
      headers: request.rawHeaders,
      bodySha256: body && createHash("sha256").update(body).digest("hex"),
    },
    {
      credentialOf: (accessKeyId) => keyring.find(accessKeyId),
      now: new Date(),
      expect: { service: signingName },
    },
  );
  if (!verified.ok) {
    return verified.reason === "missing" ? anonymousCaller(request) : { failure: verified };
  }
  const { accessKeyId } = verified;
  const principal = keyring.find(accessKeyId)?.principal ?? { type: "anonymous" };
  const name =
    principal.type === "role" ? (principal.arn.split("/").at(-1) ?? "role") : principal.type;
  return { accessKeyId, name, principal, sourceIp: addressOf(request) };
}
