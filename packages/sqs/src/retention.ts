import type { Sqlite } from "@waybill/sqlite";
import type { Messages } from "./store/messages.ts";
import type { Queue } from "./store/queues.ts";

/**
 * Lets old messages vanish: those that were first sent `MessageRetentionPeriod` ago, wherever they have been since
 * ("Setting up dead-letter queue retention" in the SQS developer guide).
 */
export class Retention {
  readonly #database: Sqlite;
  readonly #messages: Messages;
  readonly #now: () => number;
  /** No message of the queue was sent before this. Saves looking at the queue on every receive. */
  readonly #oldest = new WeakMap<Queue, number>();

  constructor(database: Sqlite, messages: Messages, now: () => number) {
    this.#database = database;
    this.#messages = messages;
    this.#now = now;
  }

  /** A message that was sent then has come into the queue. */
  arrived(queue: Queue, sentAt: number): void {
    const oldest = this.#oldest.get(queue);
    if (oldest !== undefined && sentAt < oldest) this.#oldest.set(queue, sentAt);
  }

  /**
   * Deletes what has expired, in a transaction of its own: one that is rolled back must not make this object believe
   * that it was done. Call it before looking at the messages of a queue.
   */
  sweep(queue: Queue): void {
    const horizon = this.#now() - queue.settings.retention;
    const oldest = this.#oldest.get(queue) ?? -Infinity;
    if (oldest > horizon) return;
    this.#database.transaction(() => this.#messages.expire(queue.id, horizon));
    this.#oldest.set(queue, this.#messages.oldest(queue.id) ?? this.#now());
  }
}
