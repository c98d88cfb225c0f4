import type { Clock } from "../src/clock.ts";

/** Resolves when all promises that are ready have been handled. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A clock that moves only by `advance`, and then calls what is due in its order. */
export class TestClock implements Clock {
  readonly #timers = new Map<object, { at: number; callback: () => void }>();
  #now = Date.parse("2026-01-01T00:00:00Z");

  now(): number {
    return this.#now;
  }

  /** The number of timers. */
  get pending(): number {
    return this.#timers.size;
  }

  schedule(at: number, callback: () => void): () => void {
    const key = {};
    this.#timers.set(key, { at, callback });
    return () => this.#timers.delete(key);
  }

  async advance(seconds: number): Promise<void> {
    const end = this.#now + seconds * 1000;
    for (;;) {
      await settled();
      const due = [...this.#timers]
        .filter(([, { at }]) => at <= end)
        .toSorted(([, one], [, other]) => one.at - other.at)[0];
      if (due === undefined) break;
      const [key, { at, callback }] = due;
      this.#timers.delete(key);
      this.#now = Math.max(this.#now, at);
      callback();
    }
    this.#now = end;
    await settled();
  }
}
