/**
 * A bucket in the stage's account and region. It is never deleted, and its versioning and public access
 * settings stay as they are. Its objects are in the catalog after `waybill backfill`.
 */
export interface ExistingBucket {
  name: string;
  /**
   * How the events of the bucket arrive.
   *
   * `eventbridge`: through a rule of EventBridge. Nothing of the bucket is changed, but EventBridge must be
   * switched on for it; the deployment and `waybill doctor` say so if it is not.
   *
   * `notification`: through S3's own notification. A bucket has one notification configuration: deploying
   * replaces it, and removing the stage removes it. A deployment fails if the bucket has other
   * notifications.
   */
  events: "eventbridge" | "notification";
  /** With `notification`: deploy although the bucket has other notifications, which are then lost. */
  replaceNotifications?: boolean;
}

/** Settings of a stage; all are optional. */
interface StageSettings {
  /** Catalog a bucket that exists already, instead of creating one. */
  existingBucket?: ExistingBucket;
  /**
   * Record the tags of objects. The ingest function then also holds `s3:GetObjectTagging`, reads the tags
   * of each object that has some, and receives an event for each change of tags. Existing records get
   * their tags with the next event of their key.
   */
  tags?: boolean;
  /**
   * Compare the bucket with the catalog, repair the differences and check the notifications, as often as
   * this. Default: never.
   */
  verifyEvery?: "1 day" | `${number} days`;
  /** Email address for alarms. AWS sends it a confirmation request first. */
  alarmEmail?: string;
  /** Raise an alarm after this many hours without an event, 1 to 24. Default: no such alarm. */
  expectEventsWithinHours?: number;
}

const STAGES: Record<string, StageSettings> = {
  production: {},
  // An example of a stage that uses an existing bucket, with all settings.
  "example-adopted": {
    existingBucket: { name: "name-of-your-bucket", events: "eventbridge" },
    tags: true,
    alarmEmail: "you@example.com",
    expectEventsWithinHours: 24,
    verifyEvery: "7 days",
  },
  // An example of a stage that replaces the notifications of an existing bucket.
  "example-notified": { existingBucket: { name: "name-of-your-bucket", events: "notification" } },
  // An example of a stage that records tags.
  "example-tags": { tags: true },
};

export const settings: StageSettings = STAGES[$app.stage] ?? {};

/** Whether this is the stage whose data is protected: resources are retained and the bucket is never emptied. */
export const production = $app.stage === "production";

/** The physical name of a resource that SST does not name: app, stage and purpose. */
export const named = (purpose: string) => `${$app.name}-${$app.stage}-${purpose}`;

/** Timeout of the ingest function; the visibility timeout of the queue depends on it. */
export const INGEST_TIMEOUT_SECONDS = 60;
