/**
 * The limits of standard queues: "Amazon SQS quotas" in the SQS developer guide and, for ranges of
 * parameters, the SQS API reference. Times are in seconds, sizes in bytes and lengths in
 * characters.
 */

export interface Range {
  min: number;
  max: number;
}

// Parameters of requests and attributes of queues.
export const DELAY_SECONDS: Range = { min: 0, max: 900 };
export const VISIBILITY_SECONDS: Range = { min: 0, max: 43_200 };
export const WAIT_SECONDS: Range = { min: 0, max: 20 };
export const RETENTION_SECONDS: Range = { min: 60, max: 1_209_600 };
export const KMS_KEY_REUSE_SECONDS: Range = { min: 60, max: 86_400 };
export const MAX_RECEIVE_COUNT: Range = { min: 1, max: 1000 };
export const MESSAGES_PER_RECEIVE: Range = { min: 1, max: 10 };
export const QUEUES_PER_PAGE: Range = { min: 1, max: 1000 };

// Messages.
const MEBIBYTE = 1_048_576;
export const MESSAGE_BYTES: Range = { min: 1024, max: MEBIBYTE };
export const MAX_BATCH_BYTES = MEBIBYTE;
export const MAX_BATCH_ENTRIES = 10;
export const MAX_BATCH_ID_LENGTH = 80;
export const MAX_IN_FLIGHT = 120_000;
export const MAX_ATTRIBUTES = 10;
export const MAX_ATTRIBUTE_NAME_LENGTH = 256;
export const MAX_ATTRIBUTE_TYPE_LENGTH = 256;
export const MAX_GROUP_ID_LENGTH = 128;

// Queues.
export const MAX_QUEUE_NAME_LENGTH = 80;
export const MAX_TAGS = 50;
export const MAX_TAG_KEY_LENGTH = 128;
export const MAX_TAG_VALUE_LENGTH = 256;
export const MAX_REDRIVE_SOURCES = 10;
/** The time before the name of a deleted queue can be used again. */
export const NAME_REUSE_SECONDS = 60;
export const PURGE_INTERVAL_SECONDS = 60;

// Message move tasks.
export const MOVES_PER_SECOND: Range = { min: 1, max: 500 };
export const MOVE_TASKS_PER_PAGE: Range = { min: 1, max: 10 };
