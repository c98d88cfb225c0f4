/** The longest wait before a second attempt; it doubles with each. */
const SECOND_MS = 200;
/** Nobody is kept waiting for longer than this by an answer. */
const LONGEST_MS = 10_000;

/**
 * Milliseconds to wait after so many attempts: as long as the answer asked for in seconds, up to ten, and some
 * more by chance, so that those who were refused together do not come back together.
 */
export function waitAfter(
  attempts: number,
  retryAfter: number | undefined,
  random: () => number = Math.random,
): number {
  const asked = Math.min(LONGEST_MS, 1000 * (retryAfter ?? 0));
  return asked + SECOND_MS * 2 ** (attempts - 1) * random();
}
