/** The longest that is kept back of an invocation's time for reporting what was not done. */
const RESERVE_MS = 5_000;

/** How many milliseconds of those that are left to an invocation may be worked. */
export function timeToWork(remainingMs: number): number {
  return Math.max(0, remainingMs - Math.min(RESERVE_MS, remainingMs / 4));
}
