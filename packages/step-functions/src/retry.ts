import type { Catcher, Retrier } from "./definition.ts";
import type { StateError } from "./error.ts";

/** Errors that `States.ALL` does not match (States Language, "Error Representation"). */
const NOT_MATCHED_BY_ALL = new Set(["States.DataLimitExceeded", "States.Runtime"]);

/** Whether a retrier or a catcher is for an error. */
export function matches({ ErrorEquals }: Pick<Catcher, "ErrorEquals">, error: string): boolean {
  return ErrorEquals.some((name) => {
    if (name === "States.ALL") return !NOT_MATCHED_BY_ALL.has(error);
    if (name === "States.TaskFailed") return error !== "States.Timeout";
    return name === error;
  });
}

/** Counts the attempts of each retrier of a state. */
export class Retries {
  readonly #retriers: readonly Retrier[];
  readonly #attempts: number[];
  readonly #random: () => number;

  constructor(retriers: readonly Retrier[], random: () => number) {
    this.#retriers = retriers;
    this.#attempts = retriers.map(() => 0);
    this.#random = random;
  }

  /** All retries so far. */
  get count(): number {
    return this.#attempts.reduce((sum, attempts) => sum + attempts, 0);
  }

  /** Milliseconds after which the state is tried again; undefined if it is not. */
  next({ error }: StateError): number | undefined {
    const at = this.#retriers.findIndex((retrier) => matches(retrier, error));
    const retrier = this.#retriers[at];
    const attempts = this.#attempts[at] ?? 0;
    if (retrier === undefined || attempts >= (retrier.MaxAttempts ?? 3)) return undefined;
    this.#attempts[at] = attempts + 1;
    const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Infinity } = retrier;
    const seconds = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** attempts);
    return seconds * 1000 * (retrier.JitterStrategy === "FULL" ? this.#random() : 1);
  }
}
