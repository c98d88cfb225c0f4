// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html

/** Bytes of an input, a result or an output. */
export const MAX_PAYLOAD_BYTES = 262_144;
/** Events of the history of one execution of a standard state machine. */
export const MAX_HISTORY_EVENTS = 25_000;
/** Concurrent iterations of a Map state in inline mode. */
export const MAX_INLINE_CONCURRENCY = 40;
/** Concurrent children of a Map state in distributed mode. */
export const MAX_DISTRIBUTED_CONCURRENCY = 10_000;
/** Duration of an execution of an express state machine. */
export const EXPRESS_TIMEOUT_SECONDS = 300;
/** Characters of the name of a state, a variable or an execution. */
export const MAX_NAME_LENGTH = 80;
/** Values of `TimeoutSeconds` and `Seconds`. */
export const MAX_SECONDS = 99_999_999;
/** Items of a page. */
export const MAX_PAGE = 1000;
/** Closed executions that the engine keeps. AWS keeps them for 90 days. */
export const KEPT_EXECUTIONS = 1000;
