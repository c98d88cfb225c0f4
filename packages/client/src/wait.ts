/** The longest random wait before the second attempt; it doubles with each further attempt. */
const BACKOFF_MS = 200;
/** Upper bound for `Retry-After`, so that a response cannot block its caller for long. */
const MAX_RETRY_AFTER_MS = 10_000;

/**
 * Returns the milliseconds to wait after this many attempts: the response's `Retry-After` in seconds, up to
 * ten, plus a random backoff, so that clients that failed together do not retry together.
 */
export function waitAfter(
  attempts: number,
  retryAfter: number | undefined,
  random: () => number = Math.random,
): number {
  const requested = Math.min(MAX_RETRY_AFTER_MS, 1000 * (retryAfter ?? 0));
  return requested + BACKOFF_MS * 2 ** (attempts - 1) * random();
}
