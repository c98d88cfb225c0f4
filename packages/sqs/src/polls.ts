import type { Queue } from "./store/queues.ts";

/** The result of one attempt to receive messages. */
export interface Attempt<T> {
  found: T[];
  /** The attempt stopped before it had read the whole queue. Try again. */
  more: boolean;
}

interface Poll {
  /** By the injected clock. */
  deadline: number;
  attempt: () => Attempt<unknown>;
  /** Ends the poll without a message. */
  end: () => void;
  fail: (error: unknown) => void;
}

interface Waiting {
  polls: Set<Poll>;
  /** When the next hidden message of the queue becomes visible. */
  nextVisible: number | undefined;
}

export interface PollsOptions {
  now: () => number;
  nextVisible: (queue: Queue) => number | undefined;
}

/** The longest delay of setTimeout. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * The receives that wait for a message (long polling). While there are any, one timer is set to the
 * next time at which a message becomes visible or a poll ends. It does not keep the process alive.
 */
export class Polls {
  readonly #options: PollsOptions;
  readonly #waiting = new Map<Queue, Waiting>();
  readonly #woken = new Set<Queue>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  constructor(options: PollsOptions) {
    this.#options = options;
  }

  /**
   * Repeats an attempt whenever a message of the queue may have become visible. Resolves with what
   * it found; with nothing at the deadline, or when `signal` aborts.
   */
  wait<T>(
    queue: Queue,
    {
      deadline,
      attempt,
      signal,
    }: { deadline: number; attempt: () => Attempt<T>; signal: AbortSignal },
  ): Promise<T[]> {
    const { promise, resolve, reject } = Promise.withResolvers<T[]>();
    const waiting = this.#waiting.get(queue) ?? { polls: new Set(), nextVisible: undefined };
    const remove = () => {
      waiting.polls.delete(poll);
      signal.removeEventListener("abort", end);
      if (waiting.polls.size === 0 && this.#waiting.get(queue) === waiting) {
        this.#waiting.delete(queue);
        this.#setTimer();
      }
    };
    const finish = (found: T[]) => {
      remove();
      resolve(found);
    };
    const end = () => finish([]);
    const poll: Poll = {
      deadline,
      // Received and handed over synchronously, so that a message in flight always has a consumer.
      attempt: () => {
        const result = attempt();
        if (result.found.length > 0) finish(result.found);
        return result;
      },
      end,
      fail: (error) => {
        remove();
        reject(error);
      },
    };
    if (signal.aborted) return Promise.resolve([]);
    signal.addEventListener("abort", end);
    waiting.polls.add(poll);
    waiting.nextVisible = this.#options.nextVisible(queue);
    this.#waiting.set(queue, waiting);
    this.#setTimer();
    return promise;
  }

  /**
   * A message of the queue is visible now. Calls in one turn of the event loop cause one attempt.
   */
  wake(queue: Queue): void {
    if (!this.#waiting.has(queue)) return;
    if (this.#woken.size === 0) setImmediate(() => this.#attemptWoken());
    this.#woken.add(queue);
  }

  /** A message of the queue becomes visible at `until`. */
  hiddenUntil(queue: Queue, until: number): void {
    const waiting = this.#waiting.get(queue);
    if (!waiting || (waiting.nextVisible ?? Infinity) <= until) return;
    waiting.nextVisible = until;
    this.#setTimer();
  }

  /**
   * The clock may have changed: tries every queue, and ends the polls whose deadline has passed.
   */
  recheck(): void {
    for (const queue of this.#waiting.keys()) this.#attempt(queue);
    const now = this.#options.now();
    for (const { polls } of this.#waiting.values()) {
      for (const poll of polls) if (poll.deadline <= now) poll.end();
    }
    this.#setTimer();
  }

  /** The queue was deleted. */
  fail(queue: Queue, error: unknown): void {
    for (const poll of this.#waiting.get(queue)?.polls ?? []) poll.fail(error);
  }

  /** Ends every poll without a message. */
  close(): void {
    for (const { polls } of this.#waiting.values()) {
      for (const poll of polls) poll.end();
    }
    this.#woken.clear();
    clearTimeout(this.#timer);
  }

  #attemptWoken(): void {
    const queues = [...this.#woken];
    this.#woken.clear();
    for (const queue of queues) this.#attempt(queue);
    this.#setTimer();
  }

  /** Tries the polls of the queue in order of arrival, until one finds nothing. */
  #attempt(queue: Queue): void {
    const waiting = this.#waiting.get(queue);
    if (!waiting) return;
    for (const poll of waiting.polls) {
      try {
        const { found, more } = poll.attempt();
        if (found.length > 0) continue;
        if (more) this.wake(queue);
        break;
      } catch (error) {
        poll.fail(error);
      }
    }
    waiting.nextVisible = this.#options.nextVisible(queue);
  }

  #setTimer(): void {
    let next = Infinity;
    for (const { polls, nextVisible = Infinity } of this.#waiting.values()) {
      next = Math.min(next, nextVisible);
      for (const { deadline } of polls) next = Math.min(next, deadline);
    }
    if (next === this.#timerAt && this.#timer !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = next;
    if (next === Infinity) return;
    const delay = Math.min(Math.max(next - this.#options.now(), 1), MAX_TIMEOUT);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.recheck();
    }, delay).unref();
  }
}
