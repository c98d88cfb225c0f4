import { type Context, Hono } from "hono";
import { etag, RETAINED_304_HEADERS } from "hono/etag";

import { withDeadline } from "./deadline.ts";
import { DEFAULT_TIME_MS, RESERVED_MS } from "./limits.ts";
import { documentRoute } from "./openapi.ts";
import { HttpError, httpErrorOf, problemResponse } from "./problem.ts";
import type { Queries } from "./queries.ts";
import { parseQueryString } from "./query-string.ts";
import { ROUTES } from "./routes.ts";

/** The parts of a Lambda invocation that the API reads. */
export interface Invocation {
  readonly event: { readonly rawPath: string; readonly rawQueryString: string };
  readonly lambdaContext: {
    readonly awsRequestId: string;
    readonly getRemainingTimeInMillis: () => number;
  };
}

/** A request whose response is complete. */
export interface HandledRequest {
  readonly requestId: string;
  readonly method: string;
  /** As the client sent it. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  /** Why the request failed. */
  readonly error?: HttpError;
}

export interface ApiOptions {
  readonly queries: Queries;
  /** Called once for each request, when its response is complete. */
  readonly onResponse: (request: HandledRequest) => void;
}

type Env = { Bindings: Partial<Invocation>; Variables: { requestId: string } };

/** Caches keep responses for one client and revalidate them; browsers do not render or embed them. */
const HEADERS = {
  "cache-control": "private, no-cache",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Creates the API: one path for each catalog query, and one for the OpenAPI document. */
export function createApi({ queries, onResponse }: ApiOptions): Hono<Env> {
  const app = new Hono<Env>();

  app.use(async (c, next) => {
    const began = performance.now();
    const requestId = c.env?.lambdaContext?.awsRequestId ?? crypto.randomUUID();
    c.set("requestId", requestId);
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    onResponse({
      requestId,
      method: c.req.method,
      path: targetOf(c).path,
      status: c.res.status,
      durationMs: Math.round(performance.now() - began),
      ...(c.error === undefined ? {} : { error: httpErrorOf(c.error) }),
    });
  });
  app.use(etag({ retainedHeaders: [...RETAINED_304_HEADERS, ...Object.keys(HEADERS)] }));

  for (const route of [...ROUTES, documentRoute(ROUTES)]) {
    app.get(route.path, async (c) => {
      const parameters = parseQueryString(targetOf(c).queryString);
      const { json, entityTag } = await withDeadline(timeOf(c), (signal) =>
        route.respond(parameters, { queries, signal }),
      );
      return c.body(json, 200, { "content-type": "application/json", etag: entityTag });
    });
    app.all(route.path, (c) => {
      throw new HttpError(405, "api.bad_method", `${c.req.method} is not allowed for this path.`, {
        help: "Use GET or HEAD: the API is read-only.",
        headers: { allow: "GET, HEAD" },
      });
    });
  }
  app.notFound(() => {
    throw new HttpError(404, "api.no_such_path", "This path does not exist.", {
      help: "GET /openapi.json lists the paths.",
    });
  });
  app.onError((error, c) => problemResponse(httpErrorOf(error), c.get("requestId")));
  return app;
}

/** Returns the target as Lambda received it: a `URL` normalizes the path, and drops everything after a `#`. */
function targetOf(c: Context<Env>): { path: string; queryString: string } {
  const event = c.env?.event;
  if (event !== undefined) return { path: event.rawPath, queryString: event.rawQueryString };
  const { pathname, search } = new URL(c.req.url);
  return { path: pathname, queryString: search.slice(1) };
}

function timeOf(c: Context<Env>): number {
  const remaining = c.env?.lambdaContext?.getRemainingTimeInMillis();
  return remaining === undefined ? DEFAULT_TIME_MS : Math.max(0, remaining - RESERVED_MS);
}
