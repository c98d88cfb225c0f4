/** Time of an invocation that is reserved for reporting unfinished events. */
const RESERVE_MS = 5_000;

/** The milliseconds of the remaining time of an invocation that can be used for work. */
export function timeToWork(remainingMs: number): number {
  return Math.max(0, remainingMs - Math.min(RESERVE_MS, remainingMs / 4));
}
