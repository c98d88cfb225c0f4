import { overLimit } from "./error.ts";
import type { Queue } from "./store/queues.ts";

/** How many messages of one standard queue may be in flight ("Quotas related to messages" in the developer guide). */
export const MAX_IN_FLIGHT = 120_000;

/**
 * Holds the number of messages in flight below its limit. Counting is dear, so it counts only when so many were
 * received since the last count that the limit could have been reached.
 */
export class InFlight {
  readonly #limit: number;
  readonly #count: (queue: Queue) => number;
  readonly #atMost = new WeakMap<Queue, number>();

  constructor(limit: number, count: (queue: Queue) => number) {
    this.#limit = limit;
    this.#count = count;
  }

  /** @throws SqsError `OverLimit` when the queue cannot give out a single message more. */
  admit(queue: Queue, messages: number): void {
    let atMost = this.#atMost.get(queue) ?? Infinity;
    if (atMost + messages > this.#limit) {
      atMost = this.#count(queue);
      if (atMost >= this.#limit) {
        this.#atMost.set(queue, atMost);
        throw overLimit("Too many messages in flight: delete messages before you receive more.");
      }
    }
    this.#atMost.set(queue, atMost + messages);
  }
}
