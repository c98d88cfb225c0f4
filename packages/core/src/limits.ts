/**
 * Limits that more than one module depends on. A limit that a single module uses is defined there.
 *
 * This module has no imports, so that `infra/` and the command line can read it at no cost.
 */

/** Bytes of UTF-8 in an object key (Amazon S3 User Guide, "Naming Amazon S3 objects"). */
export const MAX_KEY_BYTES = 1024;

/** Bytes of user metadata of one object (Amazon S3 User Guide, "Working with object metadata"). */
export const MAX_METADATA_BYTES = 2048;

/** Entries of one page of a query. */
export const MAX_PAGE = 1000;

/** Entries of a page if the query gives no limit. */
export const DEFAULT_PAGE = 100;

/** Records of a page of `recent` if the query gives no limit. */
export const DEFAULT_RECENT = 50;

/** Conditions on user metadata, or on tags, in one query. An object has 10 tags at most. */
export const MAX_PAIRS = 10;

/** Characters of the name and of the value of a tag (Amazon S3 User Guide, "Categorizing your storage using tags"). */
export const MAX_TAG_NAME = 128;
export const MAX_TAG_VALUE = 256;

/** Characters of a name pattern. */
export const MAX_PATTERN = 256;

/**
 * Characters of a principal, an address or a request id. S3's longest principal has about 90: the id of a
 * role and a session name of 64.
 */
export const MAX_WHO = 256;

/** Items of one read of a shard, about 200 KB; a merge holds two such pages of each shard in memory. */
export const MAX_SHARD_PAGE = 256;

/** Days that SQS keeps an event. */
export const EVENT_RETENTION_DAYS = 4;

/** Days that SQS keeps a dead letter: 14 is the most that SQS allows. */
export const DEAD_LETTER_RETENTION_DAYS = 14;

/**
 * Days that a tombstone is kept: longer than an event can be on its way. An event can wait in both
 * queues until its retention ends, and a redrive starts both waits again.
 */
export const TOMBSTONE_DAYS = 45;

/** Ranges of a pass that are worked on at the same time: as many functions as a new account can run. */
export const MAX_PASS_CONCURRENCY = 1000;

/** Messages per second of a redrive (Amazon SQS API Reference, StartMessageMoveTask). */
export const MAX_REDRIVE_RATE = 500;
