import { duplicates, findPage, get, list, recent, stats } from "@waybill/core/catalog";
import { completeness } from "@waybill/core/completeness";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";

import { createApi } from "./api/app.ts";
import { logRequest } from "./api/log.ts";

const respond = handle(
  createApi({
    queries: { get, list, recent, duplicates, findPage, stats, completeness },
    onResponse: logRequest,
  }),
);

/** Handles a request to the function URL. No path reads a body, and a Fetch `Request` rejects a GET that has one. */
export function handler(event: LambdaEvent, context: LambdaContext) {
  return respond({ ...event, body: null }, context);
}
