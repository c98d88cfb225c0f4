/**
 * What every client is made with; region, credentials and endpoint come from the runtime.
 *
 * A call that hangs is given up after 5 s and tried twice more, so that the two calls of one object
 * fail well within the ingest function's 60 s instead of holding it until it is killed.
 */
export const CLIENT_CONFIG = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    // Without it the SDK only warns when the time is up, and waits on.
    throwOnRequestTimeout: true,
  },
};
