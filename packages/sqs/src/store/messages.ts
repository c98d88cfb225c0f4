import type { StatementSync } from "node:sqlite";

import { type Sqlite, integer, optionalText, type Row, text } from "@waybill/sqlite";

/** The content of a message. It does not change when the message moves to another queue. */
export interface Content {
  body: string;
  bodyMd5: string;
  /** Message attributes as JSON text. */
  attributes?: string;
  sender: string;
  traceHeader?: string;
  groupId?: string;
}

export interface Candidate {
  /** The id of the row. It stays the same when the message moves to another queue. */
  id: number;
  /** The number of receives from this queue. */
  receives: number;
}

/** A message in flight. */
export interface ReceivedMessage extends Content {
  id: number;
  messageId: string;
  sentAt: number;
  firstReceivedAt: number;
  /** The number of receives from all queues. */
  totalReceives: number;
  /** The ARN of the queue from which it was moved to a dead-letter queue. */
  deadSource?: string;
}

/** One receive of a message: the content of a receipt handle. */
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
 * The messages of all queues. A message is hidden until `visible_at`. A hidden message is in flight
 * if it was received from this queue before, and otherwise delayed. The methods do not open
 * transactions.
 */
export class Messages {
  readonly #sql: Record<keyof typeof STATEMENTS, StatementSync>;

  constructor(database: Sqlite) {
    const prepare = (name: keyof typeof STATEMENTS) => database.prepare(STATEMENTS[name]);
    this.#sql = {
      insert: prepare("insert"),
      insertContent: prepare("insertContent"),
      candidates: prepare("candidates"),
      receive: prepare("receive"),
      content: prepare("content"),
      moveToDeadLetterQueue: prepare("moveToDeadLetterQueue"),
      redrive: prepare("redrive"),
      deadSource: prepare("deadSource"),
      delete: prepare("delete"),
      deleteContent: prepare("deleteContent"),
      lastReceived: prepare("lastReceived"),
      setVisibility: prepare("setVisibility"),
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

  /** Returns the messages that have been visible for the longest time. */
  candidates(queue: number, now: number, limit: number): Candidate[] {
    return this.#sql.candidates
      .all(queue, now, limit)
      .map((row) => ({ id: integer(row, "id"), receives: integer(row, "receives") }));
  }

  /** Receives a message: counts the receive and hides the message until `visibleAt`. */
  receive(id: number, now: number, visibleAt: number): ReceivedMessage {
    const state = existing(this.#sql.receive.get(visibleAt, now, now, id));
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

  /**
   * Moves a message to a dead-letter queue. It keeps its id and its age; the receive count of the
   * queue starts at 0.
   */
  moveToDeadLetterQueue(id: number, deadLetterQueue: number, sourceArn: string, now: number): void {
    this.#sql.moveToDeadLetterQueue.run(deadLetterQueue, now, sourceArn, id);
  }

  /** Returns the ARN of the source queue of a dead letter; `undefined` for other messages. */
  deadSourceOf(id: number): string | undefined {
    return optionalText(existing(this.#sql.deadSource.get(id)), "dead_source");
  }

  /** Moves a message to another queue as a new message without receives. */
  redrive(
    id: number,
    queue: number,
    message: { messageId: string; sentAt: number; visibleAt: number },
  ): void {
    const { messageId, sentAt, visibleAt } = message;
    this.#sql.redrive.run(queue, messageId, sentAt, visibleAt, id);
  }

  /**
   * Deletes the message of a receipt. Returns false if it is not in this queue or was received
   * again since.
   */
  delete(queue: number, { id, messageId, totalReceives }: Receipt): boolean {
    if (this.#sql.delete.run(id, queue, messageId, totalReceives).changes === 0) return false;
    this.#sql.deleteContent.run(id);
    return true;
  }

  /**
   * Returns the time of a receive, if it was the last one and the message is still in this queue.
   */
  lastReceived(queue: number, { id, messageId, totalReceives }: Receipt): number | undefined {
    const row = this.#sql.lastReceived.get(id, queue, messageId, totalReceives);
    return row && integer(row, "received_at");
  }

  setVisibility(id: number, visibleAt: number): void {
    this.#sql.setVisibility.run(visibleAt, id);
  }

  /** Returns when the next hidden message of the queue becomes visible. */
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

  /** Returns when the oldest message of the queue was sent. */
  oldest(queue: number): number | undefined {
    const row = this.#sql.oldest.get(queue);
    return row && integer(row, "sent_at");
  }

  /** Deletes the messages that were sent at `sentAt` or before. */
  expire(queue: number, sentAt: number): void {
    this.#sql.expireContents.run(queue, sentAt);
    this.#sql.expire.run(queue, sentAt);
  }

  /** Deletes every message of the queue. */
  purge(queue: number): void {
    this.#sql.purgeContents.run(queue);
    this.#sql.purge.run(queue);
  }

  /** Makes the messages in flight of all queues visible. Delayed messages stay hidden. */
  release(now: number): void {
    this.#sql.release.run(now, now);
  }
}

/** Exported for the test of their query plans. */
export const STATEMENTS = {
  insert: `INSERT INTO messages (queue, message_id, sent_at, visible_at, receives, total_receives)
    VALUES (?, ?, ?, ?, 0, 0)`,
  insertContent: "INSERT INTO contents VALUES (?, ?, ?, ?, ?, ?, ?)",
  candidates: `SELECT id, receives FROM messages WHERE queue = ? AND visible_at <= ?
    ORDER BY visible_at, receives, id LIMIT ?`,
  receive: `UPDATE messages SET visible_at = ?, receives = receives + 1, total_receives = total_receives + 1,
    received_at = ?, first_received_at = coalesce(first_received_at, ?) WHERE id = ?
    RETURNING message_id, sent_at, first_received_at, total_receives, dead_source`,
  content: "SELECT * FROM contents WHERE id = ?",
  moveToDeadLetterQueue:
    "UPDATE messages SET queue = ?, visible_at = ?, receives = 0, dead_source = ? WHERE id = ?",
  redrive: `UPDATE messages SET queue = ?, message_id = ?, sent_at = ?, visible_at = ?, receives = 0,
    total_receives = 0, received_at = NULL, first_received_at = NULL, dead_source = NULL WHERE id = ?`,
  deadSource: "SELECT dead_source FROM messages WHERE id = ?",
  delete:
    "DELETE FROM messages WHERE id = ? AND queue = ? AND message_id = ? AND total_receives = ?",
  deleteContent: "DELETE FROM contents WHERE id = ?",
  lastReceived: `SELECT received_at FROM messages
    WHERE id = ? AND queue = ? AND message_id = ? AND total_receives = ?`,
  setVisibility: "UPDATE messages SET visible_at = ? WHERE id = ?",
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
  if (!row) throw new Error("a row that this transaction has read does not exist");
  return row;
}
