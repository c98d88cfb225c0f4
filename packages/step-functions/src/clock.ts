/** A source of time and timers. Tests inject one that they advance. */
export interface Clock {
  /** Returns milliseconds since 1970. */
  now(): number;
  /** Calls `callback` once at or after the time `at`. Returns a function that cancels the call. */
  schedule(at: number, callback: () => void): () => void;
}

/** The longest delay of `setTimeout` in Node. It fires at once for longer delays. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** The clock of the system. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(at, callback) {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const delay = at - Date.now();
      timer =
        delay > LONGEST_DELAY
          ? setTimeout(arm, LONGEST_DELAY)
          : setTimeout(callback, Math.max(0, delay));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `milliseconds`. Rejects with the reason of the signal if that aborts first. */
export function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = clock.schedule(clock.now() + milliseconds, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
