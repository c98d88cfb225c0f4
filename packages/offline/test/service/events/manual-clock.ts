import type { Clock } from "../../../src/ground/clock.ts";

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #now: number;
  #timers: { at: number; run: () => void }[] = [];

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, milliseconds), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves to a time, and runs the timers that are due until then, in order. */
  moveTo(time: string): void {
    const end = Date.parse(time);
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }

  /** Moves to a time without running timers before it, as a machine does that slept. */
  sleepUntil(time: string): void {
    this.#now = Date.parse(time);
    this.moveTo(time);
  }

  get pending(): number {
    return this.#timers.length;
  }
}
