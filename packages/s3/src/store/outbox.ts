import type { StatementSync } from "node:sqlite";
import { blob, integer, text, type Sqlite } from "@waybill/sqlite";

/** A notification that is not delivered yet. */
export interface OutboxMessage {
  readonly id: number;
  readonly queueArn: string;
  /** The bucket and key. Messages of one lane must be delivered in order. */
  readonly lane: string;
  readonly body: string;
}

/** The pending notifications. Each is written in the transaction of the change that causes it. */
export class Outbox {
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #after: StatementSync;
  readonly #queues: StatementSync;
  #next: number;
  #pending: number;
  /** Messages added by the current transaction. */
  #adding: OutboxMessage[] = [];

  constructor(database: Sqlite) {
    this.#insert = database.prepare(
      "INSERT INTO outbox (id, queue, lane, body) VALUES (?, ?, ?, ?)",
    );
    this.#delete = database.prepare("DELETE FROM outbox WHERE id = ?");
    this.#after = database.prepare(
      "SELECT id, lane, body FROM outbox WHERE queue = ? AND id > ? ORDER BY id LIMIT ?",
    );
    const row = database.prepare("SELECT max(id) AS last, count(*) AS pending FROM outbox").get();
    this.#next = (row && row["last"] !== null ? integer(row, "last") : 0) + 1;
    this.#pending = row ? integer(row, "pending") : 0;
    this.#queues = database.prepare("SELECT DISTINCT queue FROM outbox");
  }

  /** Returns the queues that have pending messages. */
  queues(): string[] {
    return this.#queues.all().map((row) => text(row, "queue"));
  }

  get pending(): number {
    return this.#pending;
  }

  /** Adds a message. Must run in a transaction. `settle` must follow. */
  add(queueArn: string, lane: string, body: string): void {
    const message = { id: this.#next, queueArn, lane, body };
    this.#next += 1;
    this.#insert.run(message.id, queueArn, Buffer.from(lane), body);
    this.#adding.push(message);
  }

  /**
   * Must run after each transaction. Returns the messages that it added, unless it was rolled back.
   */
  settle(committed: boolean): readonly OutboxMessage[] {
    const added = this.#adding;
    if (added.length === 0) return added;
    this.#adding = [];
    if (!committed) return [];
    this.#pending += added.length;
    return added;
  }

  after(queueArn: string, id: number, limit: number): OutboxMessage[] {
    return this.#after.all(queueArn, id, limit).map((row) => ({
      id: integer(row, "id"),
      queueArn,
      lane: blob(row, "lane").toString(),
      body: text(row, "body"),
    }));
  }

  /** Deletes delivered messages. Must run in a transaction. */
  delete(ids: readonly number[]): void {
    for (const id of ids) this.#delete.run(id);
    this.#pending -= ids.length;
  }
}
