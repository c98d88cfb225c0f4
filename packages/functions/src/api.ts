import { duplicates, findPage, get, list, recent, stats } from "@waybill/core/catalog";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";

import { createApi } from "./api/app.ts";
import { logAnswered } from "./api/log.ts";

const answer = handle(
  createApi({
    queries: { get, list, recent, duplicates, findPage, stats },
    onAnswered: logAnswered,
  }),
);

/** Answers what is asked at the function's URL. No path reads a body, and the Fetch standard has no GET with one. */
export function handler(event: LambdaEvent, context: LambdaContext) {
  return answer({ ...event, body: null }, context);
}
