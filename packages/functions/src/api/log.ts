import { describeError } from "@waybill/core/ingest/line";
import { logger } from "@waybill/core/log";

import type { Answered } from "./app.ts";

/** One line for each request: what failed for a reason of ours is an error, what the client can mend is not. */
export function logAnswered({ error, ...request }: Answered): void {
  if (error === undefined) logger.info("request answered", request);
  else if (error.status < 500) logger.info("request refused", { ...request, code: error.code });
  else logger.error("request failed", { ...request, error: describeError(error) });
}
