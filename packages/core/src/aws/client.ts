/**
 * Configuration of every client; region, credentials and endpoint come from the runtime.
 *
 * A request fails after 5 s without a response and is made three times at most, so that the two
 * requests of one object fail well within the ingest function's timeout of 60 s.
 */
export const CLIENT_CONFIG = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    // Without it, the SDK only logs a warning when the time is up, and keeps waiting.
    throwOnRequestTimeout: true,
  },
};
