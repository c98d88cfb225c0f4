import type { Queue } from "./store/queues.ts";

/** What one look at a queue found. */
export interface Look<T> {
  found: T[];
  /** The look had to stop before it had seen everything: look again. */
  more: boolean;
}

interface Poll {
  /** When it gives up, by the injected clock. */
  deadline: number;
  look: () => Look<unknown>;
  /** Ends the poll with nothing. */
  giveUp: () => void;
  fail: (error: unknown) => void;
}

interface Waiting {
  polls: Set<Poll>;
  /** When the next hidden message of the queue shows. */
  nextVisible: number | undefined;
}

export interface PollsOptions {
  now: () => number;
  nextVisible: (queue: Queue) => number | undefined;
}

// The longest delay that setTimeout takes.
const LONGEST = 2 ** 31 - 1;

/**
 * The receives that wait for a message (long polling). While there is one, there is one timer, set to the next moment
 * at which anything can happen; it does not keep the process alive.
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
   * Looks again whenever a message of the queue may have become visible.
   *
   * @returns what a look found; nothing at the deadline, or as soon as `signal` aborts.
   */
  wait<T>(
    queue: Queue,
    { deadline, look, signal }: { deadline: number; look: () => Look<T>; signal: AbortSignal },
  ): Promise<T[]> {
    const { promise, resolve, reject } = Promise.withResolvers<T[]>();
    const waiting = this.#waiting.get(queue) ?? { polls: new Set(), nextVisible: undefined };
    const end = () => {
      waiting.polls.delete(poll);
      signal.removeEventListener("abort", abandon);
      if (waiting.polls.size === 0 && this.#waiting.get(queue) === waiting) {
        this.#waiting.delete(queue);
        this.#arm();
      }
    };
    const take = (found: T[]) => {
      end();
      resolve(found);
    };
    const abandon = () => take([]);
    const poll: Poll = {
      deadline,
      // Found and handed over in one step, so that what was taken is never taken for nobody.
      look: () => {
        const seen = look();
        if (seen.found.length > 0) take(seen.found);
        return seen;
      },
      giveUp: abandon,
      fail: (error) => {
        end();
        reject(error);
      },
    };
    if (signal.aborted) return Promise.resolve([]);
    signal.addEventListener("abort", abandon);
    waiting.polls.add(poll);
    waiting.nextVisible = this.#options.nextVisible(queue);
    this.#waiting.set(queue, waiting);
    this.#arm();
    return promise;
  }

  /** A message of the queue is visible now. All that happens in one turn of the event loop is one look. */
  wake(queue: Queue): void {
    if (!this.#waiting.has(queue)) return;
    if (this.#woken.size === 0) setImmediate(() => this.#lookAtWoken());
    this.#woken.add(queue);
  }

  /** A message of the queue is hidden until then. */
  hidden(queue: Queue, until: number): void {
    const waiting = this.#waiting.get(queue);
    if (!waiting || (waiting.nextVisible ?? Infinity) <= until) return;
    waiting.nextVisible = until;
    this.#arm();
  }

  /** The clock may have moved: looks at every queue, and ends what has waited long enough. */
  recheck(): void {
    for (const queue of this.#waiting.keys()) this.#look(queue);
    const now = this.#options.now();
    for (const { polls } of this.#waiting.values()) {
      for (const poll of polls) if (poll.deadline <= now) poll.giveUp();
    }
    this.#arm();
  }

  /** The queue is gone. */
  fail(queue: Queue, error: unknown): void {
    for (const poll of this.#waiting.get(queue)?.polls ?? []) poll.fail(error);
  }

  /** Ends every poll without a message. */
  close(): void {
    for (const { polls } of this.#waiting.values()) {
      for (const poll of polls) poll.giveUp();
    }
    this.#woken.clear();
    clearTimeout(this.#timer);
  }

  #lookAtWoken(): void {
    const queues = [...this.#woken];
    this.#woken.clear();
    for (const queue of queues) this.#look(queue);
    this.#arm();
  }

  /** Serves the polls of the queue, those that wait longest first, until one finds nothing. */
  #look(queue: Queue): void {
    const waiting = this.#waiting.get(queue);
    if (!waiting) return;
    for (const poll of waiting.polls) {
      try {
        const { found, more } = poll.look();
        if (found.length > 0) continue;
        if (more) this.wake(queue);
        break;
      } catch (error) {
        poll.fail(error);
      }
    }
    waiting.nextVisible = this.#options.nextVisible(queue);
  }

  #arm(): void {
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
    const delay = Math.min(Math.max(next - this.#options.now(), 1), LONGEST);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.recheck();
    }, delay).unref();
  }
}
