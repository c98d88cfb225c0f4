import { describeError } from "@waybill/core/ingest/line";
import { logger } from "@waybill/core/log";

import type { HandledRequest } from "./app.ts";

/** Logs one line for each request; only failures of the API itself are logged as errors. */
export function logRequest({ error, ...request }: HandledRequest): void {
  if (error === undefined) logger.info("request completed", request);
  else if (error.status < 500) logger.info("request rejected", { ...request, code: error.code });
  else logger.error("request failed", { ...request, error: describeError(error) });
}
