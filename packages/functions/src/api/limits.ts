/**
 * Bytes of a response body. Lambda's limit is 6 MB (6,291,456 bytes) for its whole response (AWS Lambda quotas), in
 * which the body is a JSON string with escaped quotes, next to the headers.
 */
export const MAX_RESPONSE_BYTES = 6_000_000;

/** Bytes of a query string: more than any valid request needs. */
export const MAX_QUERY_STRING_BYTES = 16 * 1024;

/**
 * Read units of one page of `/find`: about 8 MB, or 8,000 records. A page may exceed it by the reads that are in
 * progress, at most 1 MB for each of the eight shards.
 */
export const MAX_FIND_UNITS = 1_000;

/** The part of an invocation's time, in milliseconds, that is kept for the error response. */
export const RESERVED_MS = 2_000;

/** The time limit of a request that Lambda does not limit, as in a test. */
export const DEFAULT_TIME_MS = 20_000;
