import { setTimeout as wait } from "node:timers/promises";

import { ServiceError } from "../error.ts";

const ATTEMPTS = 6;
const FIRST_WAIT_MS = 200;

/**
 * Makes a request again if it fails with a `ServiceError` that says that a retry can help, beyond the
 * retries of the SDK: a long pass must not end because S3 is slow for seconds. Throws the last error.
 */
export async function retrying<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      const isFinal = attempt === ATTEMPTS || signal.aborted;
      if (isFinal || !(error instanceof ServiceError) || !error.retry) throw error;
      // Full jitter, as AWS recommends (Amazon Builders' Library, "Timeouts, retries, and backoff with jitter").
      await wait(Math.random() * FIRST_WAIT_MS * 2 ** attempt, undefined, { signal });
    }
  }
}
