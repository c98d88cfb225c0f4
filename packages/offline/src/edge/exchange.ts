import type http from "node:http";

import type { Metrics } from "../cloudwatch/metrics.ts";
import type { Dynamo } from "../dynamodb/index.ts";
import type { FunctionUrls } from "../lambda/url.ts";
import type { S3 } from "@waybill/s3";
import type { Sqs } from "@waybill/sqs";
import type { Authority } from "./authority.ts";
import type { Caller } from "./caller.ts";
import type { Keyring } from "./credentials.ts";
import type { Faults } from "./faults.ts";
import type { Meter } from "./meter.ts";
import { type DisturbedService, type Refusal, type Service, refuseForFault } from "./refusal.ts";

/** What stands behind the edge, and what decides on its way there. */
export interface Behind {
  /** `http://127.0.0.1:4599` */
  endpoint: string;
  region: string;
  accountId: string;
  keyring: Keyring;
  authority: Authority;
  meter: Meter;
  faults: Faults;
  s3: S3;
  sqs: Sqs;
  dynamo: Dynamo;
  urls: FunctionUrls;
  metrics: Metrics;
}

/** One request and its answer. */
export interface Exchange {
  request: http.IncomingMessage;
  response: http.ServerResponse;
}

export function send(response: http.ServerResponse, { status, headers, body }: Refusal): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** Counts a request when its answer is out, or cut off. */
export function meter(
  { meter: counts }: Behind,
  { response }: Exchange,
  caller: Caller,
  service: Service,
  operation: string,
): void {
  response.once("close", () =>
    counts.add(service, operation, caller.name, response.statusCode >= 400),
  );
}

/**
 * Lets a request of a function meet the fault that it is to meet; those of the owner are never disturbed.
 * @param text what a rule can look for.
 * @returns "done" when the request has met its fate, "lost" when it is to be done and not answered.
 */
export function disturb(
  { faults }: Behind,
  { request, response }: Exchange,
  caller: Caller,
  service: DisturbedService,
  operation: string,
  text: () => string,
): "done" | "lost" | undefined {
  if (caller.principal.type !== "role") return undefined;
  const fault = faults.forRequest(service, operation, text);
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
