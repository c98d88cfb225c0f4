import fs from "node:fs";
import path from "node:path";
import { DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";

import { OfflineError } from "../../error.ts";

export type Row = Record<string, SQLOutputValue>;

const FORMAT = 1;

// A receive touches only `messages`, whose rows are small; what was sent lies in `contents` and never changes.
const SCHEMA = `
  CREATE TABLE queues (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL
  ) STRICT;
  CREATE TABLE deleted_queues (name TEXT PRIMARY KEY, deleted_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    receives INTEGER NOT NULL,
    total_receives INTEGER NOT NULL,
    received_at INTEGER,
    first_received_at INTEGER,
    dead_source TEXT
  ) STRICT;
  CREATE INDEX messages_by_visibility ON messages (queue, visible_at, receives);
  CREATE INDEX messages_by_age ON messages (queue, sent_at);
  CREATE TABLE contents (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    body_md5 TEXT NOT NULL,
    attributes TEXT,
    sender TEXT NOT NULL,
    trace_header TEXT,
    group_id TEXT
  ) STRICT;
  CREATE TABLE move_tasks (
    id INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    destination TEXT,
    rate INTEGER,
    status TEXT NOT NULL,
    moved INTEGER NOT NULL,
    to_move INTEGER NOT NULL,
    failure TEXT,
    started_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX move_tasks_by_source ON move_tasks (source, id);
  PRAGMA user_version = ${FORMAT};
`;

/**
 * The one file of the queues. What a transaction has written survives `kill -9` of the process from the moment it
 * returns: with a write-ahead log a commit is a `write` to the log, which then belongs to the kernel. `synchronous =
 * NORMAL` leaves out the fsync per commit, so a power cut may take the last commits but never tears the file
 * (sqlite.org/pragma.html#pragma_synchronous).
 */
export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;

  /** @throws OfflineError `sqs.in_use`, `sqs.unreadable`, `sqs.other_format`. */
  constructor(dir: string) {
    fs.mkdirSync(dir, { recursive: true });
    const file = path.join(dir, "sqs.db");
    const sqlite = new DatabaseSync(file, { timeout: 1000 });
    try {
      prepareFile(sqlite, file);
    } catch (error) {
      sqlite.close();
      throw refusal(error, file);
    }
    this.#sqlite = sqlite;
    this.#begin = sqlite.prepare("BEGIN IMMEDIATE");
    this.#commit = sqlite.prepare("COMMIT");
    this.#rollback = sqlite.prepare("ROLLBACK");
  }

  prepare(sql: string): StatementSync {
    return this.#sqlite.prepare(sql);
  }

  /** All of `work`, or nothing of it; durable when this returns. Does not nest. */
  transaction<T>(work: () => T): T {
    this.#begin.run();
    try {
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      if (this.#sqlite.isTransaction) this.#rollback.run();
      throw error;
    }
  }

  close(): void {
    this.#sqlite.close();
  }
}

function prepareFile(sqlite: DatabaseSync, file: string): void {
  // Exclusive, since the counts and polls in memory hold for one process only; it also spares the shared-memory file.
  sqlite.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;");
  sqlite.exec("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000;");
  sqlite.exec("PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432;");
  sqlite.exec("BEGIN IMMEDIATE; COMMIT;");
  const format = sqlite.prepare("PRAGMA user_version").get()?.["user_version"];
  if (format === 0) {
    sqlite.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
  } else if (format !== FORMAT) {
    throw new OfflineError(
      "sqs.other_format",
      `${file} was written by another version of this program (format ${String(format)}). Delete it to start with empty queues.`,
    );
  }
}

// https://www.sqlite.org/rescode.html
const SQLITE_BUSY = 5;

function refusal(error: unknown, file: string): unknown {
  if (error instanceof OfflineError || !(error instanceof Error)) return error;
  if ("errcode" in error && error.errcode === SQLITE_BUSY) {
    return new OfflineError(
      "sqs.in_use",
      `${file} is open in another process: this stage already runs. Stop it first.`,
      { cause: error, retry: true },
    );
  }
  return new OfflineError(
    "sqs.unreadable",
    `${file} cannot be opened: ${error.message}. If it is damaged, delete it to start with empty queues.`,
    { cause: error },
  );
}

export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new TypeError(`${column} is not an integer`);
  return value;
}

export function optionalIntegerOf(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integerOf(row, column);
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`${column} is not text`);
  return value;
}

export function optionalTextOf(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column);
}
