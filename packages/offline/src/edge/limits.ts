/**
 * Maximum size of the header section. It is larger than Node's default of 16 KiB, so that S3 can
 * answer `MetadataTooLarge`.
 */
export const MAX_HEADER_BYTES = 64 * 1024;

/**
 * Maximum size of a body that the edge keeps in memory: the limit of DynamoDB's `BatchWriteItem`,
 * and more than SQS accepts.
 */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Time after which an idle connection is closed. It is longer than Node's default of 5 s, so that a
 * client rarely sends a request just when its connection is closed.
 */
export const KEEP_ALIVE_MILLISECONDS = 65_000;

/** Time for which a change of the graph waits for the requests that are being handled. */
export const PAUSE_MILLISECONDS = 2000;
