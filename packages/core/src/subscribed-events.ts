/**
 * The events of S3 that the catalog follows.
 *
 * This module has no imports, so that `infra/` can read it at no cost.
 */

/** The event types of S3's own notifications. */
export const NOTIFIED = [
  "s3:ObjectCreated:*",
  "s3:ObjectRemoved:*",
  "s3:LifecycleExpiration:*",
  "s3:ObjectRestore:*",
  "s3:LifecycleTransition",
  "s3:IntelligentTiering",
] as const;

/** The same in a stage that records tags. */
export const NOTIFIED_WITH_TAGS = [...NOTIFIED, "s3:ObjectTagging:*"] as const;

/** The detail types of EventBridge. */
export const DETAIL_TYPES = [
  "Object Created",
  "Object Deleted",
  "Object Restore Initiated",
  "Object Restore Completed",
  "Object Restore Expired",
  "Object Storage Class Changed",
  "Object Access Tier Changed",
] as const;

/** The same in a stage that records tags. */
export const DETAIL_TYPES_WITH_TAGS = [
  ...DETAIL_TYPES,
  "Object Tags Added",
  "Object Tags Deleted",
] as const;
