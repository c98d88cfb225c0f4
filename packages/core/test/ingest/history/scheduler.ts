/** A virtual clock. Waiting takes no real time; what waits continues in the order of its times. */
export class Scheduler {
  #now: number;
  readonly #waiting: { at: number; id: number; resume: () => void }[] = [];
  #ids = 0;

  constructor(start: number) {
    this.#now = start;
  }

  /** Epoch milliseconds. */
  get now(): number {
    return this.#now;
  }

  wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ at: this.#now + ms, id: this.#ids++, resume: resolve });
    return promise;
  }

  /** Runs everything that waits, and what it waits for then, until nothing waits. */
  async run(): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      const next = this.#takeNext();
      if (next === undefined) return;
      this.#now = Math.max(this.#now, next.at);
      next.resume();
    }
  }

  #takeNext() {
    let best = 0;
    for (let i = 1; i < this.#waiting.length; i++) {
      const [a, b] = [this.#waiting[best], this.#waiting[i]];
      if (a && b && (b.at < a.at || (b.at === a.at && b.id < a.id))) best = i;
    }
    return this.#waiting.splice(best, 1)[0];
  }
}
