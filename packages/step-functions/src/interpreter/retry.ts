import type { Retrier } from "../definition/types.ts";
import { matches } from "./failure.ts";

// Defaults: Amazon States Language, Retrying after error.
const DEFAULT_INTERVAL_SECONDS = 1;
const DEFAULT_MAX_ATTEMPTS = 3;
const DEFAULT_BACKOFF_RATE = 2;

/** Counts the retries of one visit of a state. Each retrier has a count of its own. */
export class Retries {
  readonly #attempts = new Map<Retrier, number>();
  readonly #retriers: readonly Retrier[];
  readonly #random: () => number;

  constructor(retriers: readonly Retrier[], random: () => number) {
    this.#retriers = retriers;
    this.#random = random;
  }

  /**
   * Returns the delay in milliseconds before the next attempt; `undefined` if there is none. The
   * first retrier that matches decides.
   */
  delayAfter(error: string | undefined): number | undefined {
    const retrier = this.#retriers.find(({ ErrorEquals }) => matches(ErrorEquals, error));
    if (retrier === undefined) return undefined;
    const attempts = this.#attempts.get(retrier) ?? 0;
    if (attempts >= (retrier.MaxAttempts ?? DEFAULT_MAX_ATTEMPTS)) return undefined;
    this.#attempts.set(retrier, attempts + 1);
    const backoff = (retrier.BackoffRate ?? DEFAULT_BACKOFF_RATE) ** attempts;
    const seconds = Math.min(
      (retrier.IntervalSeconds ?? DEFAULT_INTERVAL_SECONDS) * backoff,
      retrier.MaxDelaySeconds ?? Infinity,
    );
    return 1000 * seconds * (retrier.JitterStrategy === "FULL" ? this.#random() : 1);
  }
}
