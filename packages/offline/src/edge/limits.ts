/** Largest header section, in bytes. More than Node's default of 16 KiB: S3 itself must answer `MetadataTooLarge`. */
export const MAX_HEADER_BYTES = 64 * 1024;

/** Largest body that the edge keeps in memory: DynamoDB's limit for a request, and more than SQS accepts. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** How long an idle connection stays open: longer than the clients of AWS keep theirs. */
export const KEEP_ALIVE_MILLISECONDS = 65_000;
