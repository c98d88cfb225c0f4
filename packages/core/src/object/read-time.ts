/** The times of one request, each in epoch milliseconds. */
export interface RequestTimes {
  /** By the clock of this process, just before the request was sent. */
  readonly sent: number;
  /** By the clock of this process, when the response had arrived. */
  readonly received: number;
  /** By S3's clock, when it made the response; whole seconds. */
  readonly date: number;
}

const SECOND_MS = 1000;

/** How much the clocks of AWS and of this process may differ before the difference is reported. */
const TOLERANCE_MS = 1000;

/**
 * The time of a read, less than a second before or after it, whatever the clock of this process says: the
 * time of sending if it is within the second of S3's `Date` header, otherwise the nearest millisecond of that second.
 *
 * The clock alone is not enough: it can be wrong, and a request can wait for seconds before S3 reads. The header alone is
 * not precise: reads in the same second would look simultaneous.
 */
export function readTime({ sent, date }: RequestTimes): Date {
  return new Date(Math.min(Math.max(sent, date), date + SECOND_MS - 1));
}

/** Whether the clock of this process and that of S3 certainly differ by more than a second. */
export function isSkewed({ sent, received, date }: RequestTimes): boolean {
  return sent - TOLERANCE_MS >= date + SECOND_MS || received + TOLERANCE_MS < date;
}
