/**
 * CloudWatch metrics of a stage. The ingest function emits those of Waybill; the alarms, the dashboard
 * and `waybill status` read them.
 *
 * This module has no imports, so that `infra/` and the command line can read it at no cost.
 */

export const NAMESPACE = "Waybill";

/** Number of events, by the outcome of their processing. */
export const OUTCOME_METRICS = {
  indexed: "Indexed",
  removed: "Removed",
  refreshed: "Refreshed",
  stale: "Stale",
  unreadable: "Unreadable",
  failed: "Failed",
} as const;
export type CountedOutcome = keyof typeof OUTCOME_METRICS;

/** Milliseconds from S3's event to the write of the record. */
export const LAG_METRIC = "Lag";

/** Number of objects for which the clock of the function differed from that of S3 by more than a second. */
export const CLOCK_SKEW_METRIC = "ClockSkew";

/** What a complete comparison of the bucket with the catalog found, by kind, and how much it repaired. */
export const PASS_METRICS = {
  missing: "Missing",
  ghost: "Ghost",
  different: "Different",
  repaired: "Repaired",
} as const;
export type PassCount = keyof typeof PASS_METRICS;

/** Differences of a scope that was compared before: events that never arrived, or are very late. */
export const LOST_EVENTS_METRIC = "LostEvents";

/** 1 if the bucket does not send all its events, or if that could not be checked; otherwise 0. */
export const NOTIFICATION_METRIC = "NotificationProblems";

/** The dimensions of Waybill's metrics. Powertools calls the first one `service`. */
export const dimensionsOf = (app: { readonly name: string; readonly stage: string }) => ({
  service: app.name,
  stage: app.stage,
});

/** Seconds that the oldest message of a queue has waited. */
export const OLDEST_MESSAGE_METRIC = {
  namespace: "AWS/SQS",
  name: "ApproximateAgeOfOldestMessage",
} as const;
