import { hash } from "node:crypto";

import { parseQuery } from "@waybill/core/catalog/query";
import type * as z from "zod/mini";

import { MAX_RESPONSE_BYTES } from "./limits.ts";
import { HttpError } from "./problem.ts";
import type { Queries } from "./queries.ts";

export interface Scope {
  readonly queries: Queries;
  /** Aborted when the time for the response is over. */
  readonly signal: AbortSignal;
}

/** A schema of an object, with access to its members. */
type ObjectSchema = z.core.$ZodType & { readonly shape: z.core.$ZodShape };

/** One path of the API, with the schemas of its parameters and its response. */
export interface Route {
  /** The `operationId`. */
  readonly id: string;
  readonly path: `/${string}`;
  readonly summary: string;
  readonly description?: string;
  readonly query: ObjectSchema;
  readonly response: z.core.$ZodType;
  /** What a 404 of this path means, if it can occur. */
  readonly missing?: string;
  /** Throws a `QueryError` for invalid parameters. */
  readonly respond: (
    parameters: Readonly<Record<string, unknown>>,
    scope: Scope,
  ) => Promise<Rendered>;
}

/** A response body. */
export interface Rendered {
  readonly json: string;
  /** A weak entity tag, equal for responses that say the same about the catalog. */
  readonly entityTag: string;
}

interface Definition<Query, Result> extends Omit<Route, "respond" | "query" | "response"> {
  readonly query: z.ZodMiniType<Query> & ObjectSchema;
  readonly response: z.ZodMiniType<Result>;
  readonly run: (query: Query, scope: Scope) => Promise<Result>;
}

/** Defines a path that returns its whole result. */
export function defineRoute<Query, Result extends object>({
  run,
  ...rest
}: Definition<Query, Result>): Route {
  return {
    ...rest,
    respond: async (parameters, scope) => {
      const result = await run(parseQuery(rest.query, parameters), scope);
      const json = JSON.stringify(result);
      if (sizeOf(json) <= MAX_RESPONSE_BYTES) return { json, entityTag: entityTagOf(result) };
      const megabytes = MAX_RESPONSE_BYTES / 1_000_000;
      throw new HttpError(
        400,
        "api.answer_too_long",
        `The response is larger than ${megabytes} MB.`,
        { help: "Request less at once, with a smaller limit or a longer prefix." },
      );
    },
  };
}

/** Defines a path that returns pages. It shortens a page that is too large for a response. */
export function definePagedRoute<Query extends { readonly limit: number }, Page extends object>({
  run,
  ...rest
}: Definition<Query, Page>): Route {
  return {
    ...rest,
    respond: async (parameters, scope) => {
      const query = parseQuery(rest.query, parameters);
      for (let { limit } = query; ;) {
        const page = await run({ ...query, limit }, scope);
        const json = JSON.stringify(page);
        const size = sizeOf(json);
        // A single record always fits: a DynamoDB item has at most 400 KB.
        if (size <= MAX_RESPONSE_BYTES || limit === 1) {
          return { json, entityTag: entityTagOf(page) };
        }
        limit = Math.max(1, Math.floor((limit * MAX_RESPONSE_BYTES) / (2 * size)));
      }
    },
  };
}

/** Returns the size that the body has as a JSON string in Lambda's response. */
function sizeOf(json: string): number {
  return Buffer.byteLength(JSON.stringify(json));
}

/** Members that change although the catalog does not: the cost, and the default start of the time range. */
const VOLATILE = new Set(["read", "since"]);

function entityTagOf(result: object): string {
  const stable = Object.entries(result).filter(([name]) => !VOLATILE.has(name));
  return `W/"${hash("sha256", JSON.stringify(stable))}"`;
}
