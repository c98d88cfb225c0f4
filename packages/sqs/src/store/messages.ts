import type { StatementSync } from "node:sqlite";

import { type Sqlite, integer, optionalText, type Row, text } from "@waybill/sqlite";

/** What a producer hands in. Never changes, wherever the message goes. */
export interface Content {
  body: string;
  bodyMd5: string;
  /** Message attributes as JSON of the JSON protocol. */
  attributes?: string;
  sender: string;
  traceHeader?: string;
  groupId?: string;
}

export interface Candidate {
  /** The row; stays when the message is moved to another queue. */
  id: number;
  /** How often it was received from this queue. */
  receives: number;
}

/** A message in the hands of one consumer. */
export interface Taken extends Content {
  id: number;
  messageId: string;
  sentAt: number;
  firstReceivedAt: number;
  /** How often it was received from any queue. */
  totalReceives: number;
  /** The queue that it is a dead letter of. */
  deadSource?: string;
}

/** One act of receiving: what a receipt handle stands for. */
export interface Receipt {
  id: number;
  messageId: string;
  totalReceives: number;
}

export interface Counts {
  visible: number;
  inFlight: number;
  delayed: number;
}

/**
 * The messages of all queues. Each is hidden until `visible_at`; one that is hidden is in flight when it was received
 * from this queue before, and delayed when it was not. Nothing here opens a transaction.
 */
export class Messages {
  readonly #sql: Record<keyof typeof STATEMENTS, StatementSync>;

  constructor(database: Sqlite) {
    const prepare = (name: keyof typeof STATEMENTS) => database.prepare(STATEMENTS[name]);
    this.#sql = {
      insert: prepare("insert"),
      insertContent: prepare("insertContent"),
      candidates: prepare("candidates"),
      take: prepare("take"),
      content: prepare("content"),
      bury: prepare("bury"),
      resend: prepare("resend"),
      deadSource: prepare("deadSource"),
      delete: prepare("delete"),
      deleteContent: prepare("deleteContent"),
      lastReceived: prepare("lastReceived"),
      hide: prepare("hide"),
      nextVisible: prepare("nextVisible"),
      visible: prepare("visible"),
      hidden: prepare("hidden"),
      oldest: prepare("oldest"),
      expire: prepare("expire"),
      expireContents: prepare("expireContents"),
      purge: prepare("purge"),
      purgeContents: prepare("purgeContents"),
      release: prepare("release"),
    };
  }

  insert(
    queue: number,
    message: { messageId: string; sentAt: number; visibleAt: number },
    content: Content,
  ): void {
    const { messageId, sentAt, visibleAt } = message;
    const { lastInsertRowid } = this.#sql.insert.run(queue, messageId, sentAt, visibleAt);
    this.#sql.insertContent.run(
      lastInsertRowid,
      content.body,
      content.bodyMd5,
      content.attributes ?? null,
      content.sender,
      content.traceHeader ?? null,
      content.groupId ?? null,
    );
  }

  /** The visible messages that have waited longest. */
  candidates(queue: number, now: number, limit: number): Candidate[] {
    return this.#sql.candidates
      .all(queue, now, limit)
      .map((row) => ({ id: integer(row, "id"), receives: integer(row, "receives") }));
  }

  take(id: number, now: number, visibleAt: number): Taken {
    const state = existing(this.#sql.take.get(visibleAt, now, now, id));
    const content = existing(this.#sql.content.get(id));
    const attributes = optionalText(content, "attributes");
    const traceHeader = optionalText(content, "trace_header");
    const groupId = optionalText(content, "group_id");
    const deadSource = optionalText(state, "dead_source");
    return {
      id,
      messageId: text(state, "message_id"),
      sentAt: integer(state, "sent_at"),
      firstReceivedAt: integer(state, "first_received_at"),
      totalReceives: integer(state, "total_receives"),
      body: text(content, "body"),
      bodyMd5: text(content, "body_md5"),
      sender: text(content, "sender"),
      ...(attributes === undefined ? {} : { attributes }),
      ...(traceHeader === undefined ? {} : { traceHeader }),
      ...(groupId === undefined ? {} : { groupId }),
      ...(deadSource === undefined ? {} : { deadSource }),
    };
  }

  /** To the dead-letter queue: the same message, with its age, not yet received there. */
  bury(id: number, deadLetterQueue: number, sourceArn: string, now: number): void {
    this.#sql.bury.run(deadLetterQueue, now, sourceArn, id);
  }

  /** The source of a dead letter, if it is one. */
  deadSourceOf(id: number): string | undefined {
    return optionalText(existing(this.#sql.deadSource.get(id)), "dead_source");
  }

  /** To another queue as a new message that nobody has received. */
  resend(
    id: number,
    queue: number,
    message: { messageId: string; sentAt: number; visibleAt: number },
  ): void {
    const { messageId, sentAt, visibleAt } = message;
    this.#sql.resend.run(queue, messageId, sentAt, visibleAt, id);
  }

  /** @returns whether there was such a message, in this queue and not received again since. */
  delete(queue: number, { id, messageId, totalReceives }: Receipt): boolean {
    if (this.#sql.delete.run(id, queue, messageId, totalReceives).changes === 0) return false;
    this.#sql.deleteContent.run(id);
    return true;
  }

  /** When the message was received, if that was its last receive and it is still in this queue. */
  lastReceived(queue: number, { id, messageId, totalReceives }: Receipt): number | undefined {
    const row = this.#sql.lastReceived.get(id, queue, messageId, totalReceives);
    return row && integer(row, "received_at");
  }

  hide(id: number, visibleAt: number): void {
    this.#sql.hide.run(visibleAt, id);
  }

  /** When the next hidden message of the queue shows. */
  nextVisible(queue: number, now: number): number | undefined {
    const row = this.#sql.nextVisible.get(queue, now);
    return row && integer(row, "visible_at");
  }

  counts(queue: number, now: number): Counts {
    const visible = integer(existing(this.#sql.visible.get(queue, now)), "count");
    const hidden = existing(this.#sql.hidden.get(queue, now));
    const delayed = integer(hidden, "delayed");
    return { visible, delayed, inFlight: integer(hidden, "count") - delayed };
  }

  /** When the oldest message of the queue was sent. */
  oldest(queue: number): number | undefined {
    const row = this.#sql.oldest.get(queue);
    return row && integer(row, "sent_at");
  }

  /** Deletes what was sent at `sentAt` or before. */
  expire(queue: number, sentAt: number): void {
    this.#sql.expireContents.run(queue, sentAt);
    this.#sql.expire.run(queue, sentAt);
  }

  /** Deletes every message of the queue. */
  purge(queue: number): void {
    this.#sql.purgeContents.run(queue);
    this.#sql.purge.run(queue);
  }

  /** Shows what is in flight, in every queue; delayed messages stay hidden. */
  release(now: number): void {
    this.#sql.release.run(now, now);
  }
}

/** Exported for the test that looks at their query plans. */
export const STATEMENTS = {
  insert: `INSERT INTO messages (queue, message_id, sent_at, visible_at, receives, total_receives)
    VALUES (?, ?, ?, ?, 0, 0)`,
  insertContent: "INSERT INTO contents VALUES (?, ?, ?, ?, ?, ?, ?)",
  candidates: `SELECT id, receives FROM messages WHERE queue = ? AND visible_at <= ?
    ORDER BY visible_at, receives, id LIMIT ?`,
  take: `UPDATE messages SET visible_at = ?, receives = receives + 1, total_receives = total_receives + 1,
    received_at = ?, first_received_at = coalesce(first_received_at, ?) WHERE id = ?
    RETURNING message_id, sent_at, first_received_at, total_receives, dead_source`,
  content: "SELECT * FROM contents WHERE id = ?",
  bury: "UPDATE messages SET queue = ?, visible_at = ?, receives = 0, dead_source = ? WHERE id = ?",
  resend: `UPDATE messages SET queue = ?, message_id = ?, sent_at = ?, visible_at = ?, receives = 0,
    total_receives = 0, received_at = NULL, first_received_at = NULL, dead_source = NULL WHERE id = ?`,
  deadSource: "SELECT dead_source FROM messages WHERE id = ?",
  delete:
    "DELETE FROM messages WHERE id = ? AND queue = ? AND message_id = ? AND total_receives = ?",
  deleteContent: "DELETE FROM contents WHERE id = ?",
  lastReceived: `SELECT received_at FROM messages
    WHERE id = ? AND queue = ? AND message_id = ? AND total_receives = ?`,
  hide: "UPDATE messages SET visible_at = ? WHERE id = ?",
  nextVisible: `SELECT visible_at FROM messages WHERE queue = ? AND visible_at > ?
    ORDER BY visible_at LIMIT 1`,
  visible: "SELECT count(*) AS count FROM messages WHERE queue = ? AND visible_at <= ?",
  hidden: `SELECT count(*) AS count, coalesce(sum(receives = 0), 0) AS delayed FROM messages
    WHERE queue = ? AND visible_at > ?`,
  oldest: "SELECT sent_at FROM messages WHERE queue = ? ORDER BY sent_at LIMIT 1",
  expire: "DELETE FROM messages WHERE queue = ? AND sent_at <= ?",
  expireContents:
    "DELETE FROM contents WHERE id IN (SELECT id FROM messages WHERE queue = ? AND sent_at <= ?)",
  purge: "DELETE FROM messages WHERE queue = ?",
  purgeContents: "DELETE FROM contents WHERE id IN (SELECT id FROM messages WHERE queue = ?)",
  release: "UPDATE messages SET visible_at = ? WHERE visible_at > ? AND receives > 0",
};

function existing(row: Row | undefined): Row {
  if (!row) throw new Error("a row that this transaction has seen is gone");
  return row;
}
