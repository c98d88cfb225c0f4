export type Versioning = "Enabled" | "Suspended" | "Unversioned";

export interface NotificationRule {
  readonly id: string;
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
  readonly versioning: Versioning;
  readonly notifications: readonly NotificationRule[];
  readonly tags?: Readonly<Record<string, string>>;
  /** Answered to `GetPublicAccessBlock`; all four are on where this is absent, as in a new bucket. */
  readonly publicAccessBlock?: PublicAccessBlock;
  /** Rules in the shape of the S3 API, answered to `GetBucketLifecycleConfiguration`; never acted upon. */
  readonly lifecycle?: readonly SettingsDocument[];
  /** The policy document as JSON, answered to `GetBucketPolicy`; whoever calls `handle` enforces it. */
  readonly policy?: string;
}
