import { overLimit } from "./error.ts";
import type { Queue } from "./store/queues.ts";

/**
 * Limits the number of messages in flight. Counting is expensive, so it counts only when the
 * receives since the last count could have reached the limit.
 */
export class InFlight {
  readonly #limit: number;
  readonly #count: (queue: Queue) => number;
  readonly #atMost = new WeakMap<Queue, number>();

  constructor(limit: number, count: (queue: Queue) => number) {
    this.#limit = limit;
    this.#count = count;
  }

  /** Throws `SqsError` `OverLimit` if the queue has reached its limit. */
  admit(queue: Queue, messages: number): void {
    let atMost = this.#atMost.get(queue) ?? Infinity;
    if (atMost + messages > this.#limit) {
      atMost = this.#count(queue);
      if (atMost >= this.#limit) {
        this.#atMost.set(queue, atMost);
        throw overLimit(
          "Too many messages are in flight. Delete messages before you receive more.",
        );
      }
    }
    this.#atMost.set(queue, atMost + messages);
  }
}
