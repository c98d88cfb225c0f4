export type Versioning = "Enabled" | "Suspended" | "Unversioned";

export interface NotificationRule {
  readonly id: string;
  /** The destination: the ARN of a queue, a topic or a function. */
  readonly queueArn: string;
  /** Such as "s3:ObjectCreated:*". */
  readonly events: readonly string[];
  readonly filterPrefix?: string;
  readonly filterSuffix?: string;
}

/** A document in the shape of the S3 API, such as `{ ID, Status, Filter: { Prefix } }`. */
export interface SettingsDocument {
  readonly [element: string]: SettingsValue | readonly SettingsValue[] | undefined;
}
export type SettingsValue = string | number | boolean | SettingsDocument;

export interface PublicAccessBlock {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
}

export interface BucketSettings {
  /** "Unversioned" means that versioning was never enabled. */
  readonly versioning: Versioning;
  readonly notifications: readonly NotificationRule[];
  /** Whether all events are sent to EventBridge as well: to the destination `EVENT_BRIDGE`. */
  readonly eventBridge?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Returned by `GetPublicAccessBlock` and not enforced. Default: all four are on, as in a new
   * bucket on AWS.
   */
  readonly publicAccessBlock?: PublicAccessBlock;
  /**
   * Rules in the shape of the S3 API, returned by `GetBucketLifecycleConfiguration` and never
   * applied.
   */
  readonly lifecycle?: readonly SettingsDocument[];
  /**
   * The policy document as JSON, returned by `GetBucketPolicy`. The caller of `S3.handle` enforces
   * it.
   */
  readonly policy?: string | undefined;
}
