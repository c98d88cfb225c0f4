/** Number of values of one metric at which old ones are dropped, so that memory stays bounded. */
export const MAX_VALUES = 100_000;

/**
 * Age from which values are dropped then: CloudWatch keeps data points with a period of less than
 * 60 s for 3 hours (CloudWatch User Guide, "Metrics retention").
 */
export const RETENTION_MILLISECONDS = 3 * 3_600_000;
