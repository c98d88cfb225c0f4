/** What a stage may have different from the others. All of it is optional. */
interface StageSettings {
  /**
   * Catalogue a bucket that exists already, in the stage's account and region, instead of creating one.
   *
   * S3 keeps one notification configuration for a bucket: deploying REPLACES whatever notifications the bucket has, and
   * removing the stage removes Waybill's. Nothing else of the bucket is changed, and it is never deleted; whether it is
   * private and keeps versions is up to whoever made it. Objects that are there already come into the catalogue when they next change.
   */
  existingBucket?: string;
  /** Who is told of alarms, by e-mail. AWS asks the address to confirm. */
  alarmEmail?: string;
  /** Raise an alarm when no event has come for so many hours, 1 to 24. Without it, silence is no alarm. */
  expectEventsWithinHours?: number;
}

const STAGES: Record<string, StageSettings> = {
  production: {},
  // A stage as it would be declared for a bucket of your own, with all there is to set.
  "example-adopted": {
    existingBucket: "name-of-your-bucket",
    alarmEmail: "you@example.com",
    expectEventsWithinHours: 24,
  },
};

export const settings: StageSettings = STAGES[$app.stage] ?? {};

/** The stage whose data must outlive a mistake: protected, retained, never emptied. */
export const production = $app.stage === "production";

/** The name on AWS of what SST does not name by itself: app, stage and purpose. */
export const named = (purpose: string) => `${$app.name}-${$app.stage}-${purpose}`;

/** How long one invocation of the ingest function may take; the queue's visibility follows it. */
export const INGEST_TIMEOUT_SECONDS = 60;
