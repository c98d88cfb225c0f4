import { type Context, Hono } from "hono";
import { etag, RETAINED_304_HEADERS } from "hono/etag";

import { documentRoute } from "./openapi.ts";
import { HttpError, httpErrorOf, problemResponse } from "./problem.ts";
import type { Queries } from "./queries.ts";
import type { Route } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { checkPath, keyOf, parametersOf, type Target } from "./target.ts";
import { withinTime } from "./time.ts";

/** What Lambda hands over with a request, as far as it is used. */
export interface Invocation {
  readonly event: { readonly rawPath: string; readonly rawQueryString: string };
  readonly lambdaContext: {
    readonly awsRequestId: string;
    readonly getRemainingTimeInMillis: () => number;
  };
}

/** One request and how it was answered. */
export interface Answered {
  readonly requestId: string;
  readonly method: string;
  /** As it was sent. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  /** Why it was not answered with what it asked for. */
  readonly error?: HttpError;
}

export interface ApiOptions {
  readonly queries: Queries;
  /** Told of each request once it is answered. */
  readonly onAnswered: (answered: Answered) => void;
}

type Env = { Bindings: Partial<Invocation>; Variables: { requestId: string } };

/** Milliseconds for an answer where no invocation bounds it. */
const TIME_MS = 20_000;
/** How many of an invocation's are left for saying that they were not enough. */
const RESERVE_MS = 2_000;

/** Nobody may keep an answer for others, or use one again without asking; no browser makes a page of it. */
const HEADERS = {
  "cache-control": "private, no-cache",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** The API: a path for each query of the catalogue, and one for the document that describes them. */
export function createApi({ queries, onAnswered }: ApiOptions): Hono<Env> {
  const app = new Hono<Env>();

  app.use(async (c, next) => {
    const began = performance.now();
    const requestId = c.env?.lambdaContext?.awsRequestId ?? crypto.randomUUID();
    c.set("requestId", requestId);
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    onAnswered({
      requestId,
      method: c.req.method,
      path: targetOf(c).path,
      status: c.res.status,
      durationMs: Math.round(performance.now() - began),
      ...(c.error === undefined ? {} : { error: httpErrorOf(c.error) }),
    });
  });
  app.use(etag({ retainedHeaders: [...RETAINED_304_HEADERS, ...Object.keys(HEADERS)] }));
  app.use(async (c, next) => {
    checkPath(targetOf(c));
    await next();
  });

  for (const route of [...ROUTES, documentRoute(ROUTES)]) {
    const pattern = route.path.replace("{key}", "*");
    app.get(pattern, async (c) => {
      const asked = askedOf(route, targetOf(c));
      const { json, tag } = await withinTime(timeOf(c), (signal) =>
        route.respond(asked, { queries, signal }),
      );
      return c.body(json, 200, { "content-type": "application/json", etag: tag });
    });
    app.all(pattern, (c) => {
      throw new HttpError(405, "api.bad_method", `${c.req.method} is not for this path.`, {
        help: "Use GET or HEAD: the API only reads.",
        headers: { allow: "GET, HEAD" },
      });
    });
  }
  app.notFound(() => {
    throw new HttpError(404, "api.no_such_path", "There is nothing at this path.", {
      help: "GET /openapi.json says what there is.",
    });
  });
  app.onError((error, c) => problemResponse(httpErrorOf(error), c.get("requestId")));
  return app;
}

/** As Lambda received it: a URL would resolve dots, turn backslashes and drop what follows a hash. */
function targetOf(c: Context<Env>): Target {
  const event = c.env?.event;
  if (event !== undefined) return { path: event.rawPath, query: event.rawQueryString };
  const { pathname, search } = new URL(c.req.url);
  return { path: pathname, query: search.slice(1) };
}

function askedOf(route: Route, target: Target): Record<string, unknown> {
  const parameters = parametersOf(target);
  if (!route.path.includes("{key}")) return parameters;
  if (Object.hasOwn(parameters, "key")) {
    throw new HttpError(
      400,
      "api.two_keys",
      "The path names a key, and the query string as well.",
      {
        help: "Give the key once: GET /files/<key> or GET /file?key=<key>.",
      },
    );
  }
  return { ...parameters, key: keyOf(target) };
}

function timeOf(c: Context<Env>): number {
  const remaining = c.env?.lambdaContext?.getRemainingTimeInMillis();
  return remaining === undefined ? TIME_MS : Math.max(0, remaining - RESERVE_MS);
}
