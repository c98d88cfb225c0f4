import { hash } from "node:crypto";

import { parseQuery } from "@waybill/core/catalog/query";
import type * as z from "zod/mini";

import { HttpError } from "./problem.ts";
import type { Queries } from "./queries.ts";

/** What a route answers with besides what was asked. */
export interface Scope {
  readonly queries: Queries;
  /** Aborted when there is no more time for an answer. */
  readonly signal: AbortSignal;
}

/** The schema of an object, whose members can be looked at one by one. */
type Shaped = z.core.$ZodType & { readonly shape: z.core.$ZodShape };

/** One path of the API: what may be asked there, by its schema, and what is answered. */
export interface Route {
  /** The name of the operation. */
  readonly id: string;
  /** With `{key}` where the key of an object stands. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly description?: string;
  readonly query: Shaped;
  readonly answer: z.core.$ZodType;
  /** What a 404 of this path means; it has none otherwise. */
  readonly missing?: string;
  /** Throws a `QueryError` for what may not be asked. */
  readonly respond: (asked: Readonly<Record<string, unknown>>, scope: Scope) => Promise<Rendered>;
}

/** An answer as it is sent. */
export interface Rendered {
  readonly json: string;
  /** The same for answers that say the same of the catalogue: an entity tag, which is weak. */
  readonly tag: string;
}

interface Definition<Query, Answer> extends Omit<Route, "respond" | "query" | "answer"> {
  readonly query: z.ZodMiniType<Query> & Shaped;
  readonly answer: z.ZodMiniType<Answer>;
  readonly run: (query: Query, scope: Scope) => Promise<Answer>;
}

/**
 * The longest answer: Lambda takes 6 MB (its quotas page), in which the body stands as a JSON string,
 * with its quotes escaped, and some room for headers.
 */
const MAX_BYTES = 6_000_000;

/** Defines a path whose whole answer fits. */
export function route<Query, Answer extends object>({
  run,
  ...rest
}: Definition<Query, Answer>): Route {
  return {
    ...rest,
    respond: async (asked, scope) => {
      const answer = await run(parseQuery(rest.query, asked), scope);
      const json = JSON.stringify(answer);
      if (sizeOf(json) <= MAX_BYTES) return { json, tag: tagOf(answer) };
      throw new HttpError(400, "api.answer_too_long", "The answer has more than 6 MB.", {
        help: "Ask for less at once, with a smaller limit or a longer prefix.",
      });
    },
  };
}

/** Defines a path that answers with pages, which get shorter where what they hold is long. */
export function pagedRoute<Query extends { readonly limit: number }, Answer extends object>({
  run,
  ...rest
}: Definition<Query, Answer>): Route {
  return {
    ...rest,
    respond: async (asked, scope) => {
      const query = parseQuery(rest.query, asked);
      for (let { limit } = query; ;) {
        const answer = await run({ ...query, limit }, scope);
        const json = JSON.stringify(answer);
        const size = sizeOf(json);
        // No single record comes near to it: an item of DynamoDB has 400 KB at most.
        if (size <= MAX_BYTES || limit === 1) return { json, tag: tagOf(answer) };
        limit = Math.max(1, Math.floor((limit * MAX_BYTES) / (2 * size)));
      }
    },
  };
}

function sizeOf(json: string): number {
  return Buffer.byteLength(JSON.stringify(json));
}

/** What an answer cost, and how far back a look without `since` goes, change though nothing else does. */
const PASSING = new Set(["read", "since"]);

function tagOf(answer: object): string {
  const lasting = Object.entries(answer).filter(([name]) => !PASSING.has(name));
  return `W/"${hash("sha256", JSON.stringify(lasting))}"`;
}
