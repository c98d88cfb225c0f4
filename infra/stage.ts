/** Settings of a stage; all are optional. */
interface StageSettings {
  /**
   * Name of an existing bucket, in the stage's account and region, to use instead of a new one.
   *
   * A bucket has one notification configuration: deploying REPLACES all notifications of the bucket, and
   * removing the stage removes Waybill's. Nothing else of the bucket is changed, and it is never deleted;
   * its versioning and public access settings stay as they are. Existing objects are not in the catalog
   * until they change or `waybill backfill` records them.
   */
  existingBucket?: string;
  /**
   * Record the tags of objects. The ingest function then also holds `s3:GetObjectTagging`, reads the tags
   * of each object that has some, and receives an event for each change of tags. Existing records get
   * their tags with the next event of their key.
   */
  tags?: boolean;
  /** Email address for alarms. AWS sends it a confirmation request first. */
  alarmEmail?: string;
  /** Raise an alarm after this many hours without an event, 1 to 24. Default: no such alarm. */
  expectEventsWithinHours?: number;
}

const STAGES: Record<string, StageSettings> = {
  production: {},
  // An example of a stage that uses an existing bucket, with all settings.
  "example-adopted": {
    existingBucket: "name-of-your-bucket",
    tags: true,
    alarmEmail: "you@example.com",
    expectEventsWithinHours: 24,
  },
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
