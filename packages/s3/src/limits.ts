/**
 * Limits that S3 sets, from https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 * unless noted.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const MAX_KEY_BYTES = KIB;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata */
export const MAX_METADATA_BYTES = 2 * KIB;

/** The largest content of one PutObject, UploadPart, CopyObject or UploadPartCopy. */
export const MAX_BODY_BYTES = 5 * GIB;
export const MAX_OBJECT_BYTES = 50 * TIB;
/** Except for the last part of an upload. */
export const MIN_PART_BYTES = 5 * MIB;
export const MAX_PARTS = 10_000;

/** The entries of one page of a list, and the keys of one DeleteObjects. */
export const MAX_PAGE = 1000;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
export const MAX_OBJECT_TAGS = 10;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html */
export const MAX_BUCKET_TAGS = 50;
/** In characters. */
export const MAX_TAG_KEY_LENGTH = 128;
/** In characters. */
export const MAX_TAG_VALUE_LENGTH = 256;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
export const MIN_SIGNED_CHUNK_BYTES = 8 * KIB;

/** The largest XML document of a request, by operation. Each of them holds what S3 allows. */
export const MAX_DOCUMENT_BYTES = 64 * KIB;
export const MAX_NOTIFICATION_DOCUMENT_BYTES = MIB;
/** 1,000 keys of 1,024 bytes, each byte written as `&quot;`. */
export const MAX_DELETE_DOCUMENT_BYTES = 8 * MIB;
/** 10,000 parts with their ETags and checksums. */
export const MAX_COMPLETE_DOCUMENT_BYTES = 8 * MIB;

/** The size of a bucket policy (Amazon S3 User Guide, "Policies and permissions in Amazon S3"). */
export const MAX_POLICY_BYTES = 20 * KIB;
