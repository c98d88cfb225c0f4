import type { DatabaseSync, StatementSync } from "node:sqlite";
import { blob, integer, text } from "./row.ts";

/** A notification on its way to a queue. */
export interface OutboxMessage {
  readonly id: number;
  readonly queueArn: string;
  /** Messages of one lane (one key) must arrive in order. */
  readonly lane: string;
  readonly body: string;
}

/** Notifications that no queue has yet; written in the transaction of the change that they tell of. */
export class Outbox {
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #after: StatementSync;
  #next: number;
  #pending: number;

  constructor(database: DatabaseSync) {
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
    this.queues = new Set(
      database
        .prepare("SELECT DISTINCT queue FROM outbox")
        .all()
        .map((queue) => text(queue, "queue")),
    );
  }

  /** Queues that messages were ever waiting for. */
  readonly queues: Set<string>;

  get pending(): number {
    return this.#pending;
  }

  /** Must run inside a transaction, and be followed by `settle`. */
  add(queueArn: string, lane: string, body: string): void {
    this.#insert.run(this.#next, queueArn, Buffer.from(lane), body);
    this.#next += 1;
    this.#adding += 1;
    this.#addingTo.add(queueArn);
  }

  #adding = 0;
  readonly #addingTo = new Set<string>();

  /** Must follow each transaction. Returns whether messages were added. */
  settle(committed: boolean): boolean {
    if (this.#adding === 0) return false;
    if (committed) {
      this.#pending += this.#adding;
      for (const queue of this.#addingTo) this.queues.add(queue);
    }
    this.#adding = 0;
    this.#addingTo.clear();
    return committed;
  }

  after(queueArn: string, id: number, limit: number): OutboxMessage[] {
    return this.#after.all(queueArn, id, limit).map((row) => ({
      id: integer(row, "id"),
      queueArn,
      lane: blob(row, "lane").toString(),
      body: text(row, "body"),
    }));
  }

  /** Forgets delivered messages; must run inside a transaction. */
  delete(ids: readonly number[]): void {
    for (const id of ids) this.#delete.run(id);
    this.#pending -= ids.length;
  }
}
