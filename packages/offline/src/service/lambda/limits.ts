/** Largest payload of a synchronous invocation: 6 MB ("Invocation payload" in the quotas of Lambda). */
export const MAX_REQUEST_BYTES = 6 * 1024 * 1024;

/** The same for the response, plus what Lambda adds to it. */
export const MAX_RESPONSE_BYTES = 6_291_556;

/** Lambda gives a handler ten seconds to load, and then once more, within the function's timeout ("Init phase"). */
export const INIT_SECONDS = 10;

/** SST's runtime loop exits after 60 idle seconds. Before that, no invocation can be on its way to it. */
export const IDLE_SECONDS = 50;

/** How long a stack that stops waits for invocations under way. Their messages are received again otherwise. */
export const GRACE_MILLISECONDS = 3000;
