import type { IncomingMessage } from "node:http";

import type { HttpResponse } from "../../edge/front.ts";
import { number, z } from "../../synth/inputs.ts";

const texts = z.array(z.string()).default([]);
/** The input of a resource that configures CORS. A configuration without origins allows nothing. */
export const corsInput = z
  .object({
    allowOrigins: texts,
    allowMethods: texts,
    allowHeaders: texts,
    exposeHeaders: texts,
    allowCredentials: z.boolean().default(false),
    maxAge: number.optional(),
  })
  .nullish()
  .transform((cors) => (cors && cors.allowOrigins.length > 0 ? cors : undefined));

/** The CORS configuration of an HTTP API or a function URL. */
export type Cors = NonNullable<z.output<typeof corsInput>>;

/** Whether a browser asks if it may send a request. */
export const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === "OPTIONS" &&
  headers.origin !== undefined &&
  headers["access-control-request-method"] !== undefined;

/** Returns the answer to a preflight request, without headers for an origin that is not allowed. */
export function preflightResponse(cors: Cors, request: IncomingMessage): HttpResponse {
  const origin = originOf(cors, request);
  if (origin === undefined) return { status: 204, headers: {}, body: "" };
  return {
    status: 204,
    headers: {
      ...origin,
      ...listHeader("access-control-allow-methods", cors.allowMethods),
      ...listHeader("access-control-allow-headers", cors.allowHeaders),
      ...(cors.maxAge !== undefined && { "access-control-max-age": String(cors.maxAge) }),
    },
    body: "",
  };
}

/**
 * Adds the configured CORS headers to a response, and removes those of its function (API Gateway
 * Developer Guide, "Configure CORS for HTTP APIs"; Lambda Developer Guide, "Cross-origin resource
 * sharing (CORS)").
 */
export function withCors(
  cors: Cors,
  request: IncomingMessage,
  response: HttpResponse,
): HttpResponse {
  const own = Object.entries(response.headers).filter(
    ([name]) => !name.toLowerCase().startsWith("access-control-"),
  );
  const origin = originOf(cors, request);
  return {
    ...response,
    headers: {
      ...Object.fromEntries(own),
      ...origin,
      ...(origin && listHeader("access-control-expose-headers", cors.exposeHeaders)),
    },
  };
}

function originOf(cors: Cors, { headers }: IncomingMessage): Record<string, string> | undefined {
  const { origin } = headers;
  if (origin === undefined) return undefined;
  const allowed = cors.allowOrigins.find((each) => each === "*" || each === origin);
  if (allowed === undefined) return undefined;
  return {
    "access-control-allow-origin": allowed,
    ...(cors.allowCredentials && { "access-control-allow-credentials": "true" }),
  };
}

const listHeader = (name: string, values: readonly string[]): Record<string, string> =>
  values.length === 0 ? {} : { [name]: values.join(",") };
