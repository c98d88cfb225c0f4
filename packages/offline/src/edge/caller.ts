import crypto from "node:crypto";
import type { IncomingMessage } from "node:http";

import type { Principal } from "@waybill/iam";
import { type AwsError, awsError, verifySignature } from "@waybill/iam";
import type { Keyring } from "./credentials.ts";
import type { Service } from "./refusal.ts";

/** Whoever sends a request. */
export interface Caller {
  accessKeyId: string;
  /** As the meter counts it: a role's name, `root`, or `anonymous`. */
  name: string;
  principal: Principal;
  sourceIp: string;
}

/** Whoever sends a request that nobody signed. */
export function stranger(request: IncomingMessage): Caller {
  return {
    accessKeyId: "",
    name: "anonymous",
    principal: { type: "anonymous" },
    sourceIp: addressOf(request),
  };
}

const addressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? "127.0.0.1";

/**
 * Finds out who signed a request; one that is not signed at all comes from a stranger.
 * @param body the whole body, for services whose signature covers it. S3's states the hash, which S3 compares.
 * @param protocol what the sender speaks, where the service does not tell.
 * @returns what AWS answers where the signature is wrong, or of a key that this stage never issued.
 */
export function identify(
  request: IncomingMessage,
  service: Service,
  keyring: Keyring,
  body?: Buffer,
  protocol: "s3" | "json" | "query" = service === "s3" ? "s3" : "json",
): Caller | { refusal: AwsError } {
  const verified = verifySignature(
    {
      method: request.method ?? "GET",
      url: request.url ?? "/",
      headers: request.rawHeaders,
      bodySha256: body && crypto.createHash("sha256").update(body).digest("hex"),
    },
    {
      credentialOf: (accessKeyId) => keyring.find(accessKeyId),
      now: new Date(),
      // CloudWatch's requests are signed for what it was called at first.
      expect: { service: service === "cloudwatch" ? "monitoring" : service },
    },
  );
  if (!verified.ok) {
    if (verified.reason === "missing") return stranger(request);
    return { refusal: awsError(verified, protocol) };
  }
  const { accessKeyId } = verified;
  const principal = keyring.find(accessKeyId)?.principal ?? { type: "anonymous" };
  const name =
    principal.type === "role" ? (principal.arn.split("/").at(-1) ?? "role") : principal.type;
  return { accessKeyId, name, principal, sourceIp: addressOf(request) };
}
