import type { Sqlite } from "@waybill/sqlite";
import type { Messages } from "./store/messages.ts";
import type { Queue } from "./store/queues.ts";

/**
 * Deletes expired messages: those sent `MessageRetentionPeriod` ago. A move to a dead-letter queue
 * does not change the time ("Setting up dead-letter queue retention" in the SQS developer guide).
 */
export class Retention {
  readonly #database: Sqlite;
  readonly #messages: Messages;
  readonly #now: () => number;
  /** No message of the queue was sent before this time. Avoids a query per receive. */
  readonly #oldest = new WeakMap<Queue, number>();

  constructor(database: Sqlite, messages: Messages, now: () => number) {
    this.#database = database;
    this.#messages = messages;
    this.#now = now;
  }

  /** A message that was sent at `sentAt` was added to the queue. */
  added(queue: Queue, sentAt: number): void {
    const oldest = this.#oldest.get(queue);
    if (oldest !== undefined && sentAt < oldest) this.#oldest.set(queue, sentAt);
  }

  /**
   * Deletes the expired messages of a queue in its own transaction: if an outer transaction rolled
   * back, the time that this object keeps would be wrong. Call it before the messages of a queue
   * are read.
   */
  sweep(queue: Queue): void {
    const horizon = this.#now() - queue.settings.retention;
    const oldest = this.#oldest.get(queue) ?? -Infinity;
    if (oldest > horizon) return;
    this.#database.transaction(() => this.#messages.expire(queue.id, horizon));
    this.#oldest.set(queue, this.#messages.oldest(queue.id) ?? this.#now());
  }
}
