/** Maximum payload of a synchronous invocation, 6 MB (Lambda Developer Guide, "Lambda quotas"). */
export const MAX_REQUEST_BYTES = 6 * 1024 * 1024;

/** Maximum response of a synchronous invocation: 6 MB and what Lambda adds to it. */
export const MAX_RESPONSE_BYTES = 6_291_556;

/**
 * Time for loading a handler. After it, Lambda tries once more within the timeout of the function
 * (Lambda Developer Guide, "Init phase").
 */
export const INIT_SECONDS = 10;

/**
 * Time after which an idle worker is ended. SST's runtime exits after 60 idle seconds; until this
 * time, an invocation cannot be lost because its worker is about to exit.
 */
export const IDLE_SECONDS = 50;

/** Time for running invocations to finish when a stack stops. */
export const GRACE_MILLISECONDS = 3000;

/** Maximum number of messages in a request to SQS (SQS API reference). */
export const MAX_SQS_ENTRIES = 10;

/** Maximum wait of `ReceiveMessage` (SQS API reference). */
export const MAX_WAIT_SECONDS = 20;

/** Pause of a mapping after an error of SQS. */
export const POLL_RETRY_MILLISECONDS = 1000;
