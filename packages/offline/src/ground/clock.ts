/** The time, and timers. */
export interface Clock {
  now(): Date;
  /** Calls `run` after at least this time. Returns a function that cancels it. */
  after(milliseconds: number, run: () => void): () => void;
}

/** Longer timers than this overflow in Node. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = {
  now: () => new Date(),
  after(milliseconds, run) {
    let timer: NodeJS.Timeout;
    const wait = (left: number) => {
      const step = Math.min(Math.max(0, left), MAX_TIMER_MS);
      timer = setTimeout(() => (left > step ? wait(left - step) : run()), step);
    };
    wait(milliseconds);
    return () => clearTimeout(timer);
  },
};
