import fs from "node:fs";
import path from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";

import { StoreError } from "./error.ts";

export interface SqliteOptions {
  /** Path of the database file. Missing folders and a missing file are created. */
  readonly file: string;
  /** The statements that create the tables of a new file. */
  readonly schema: string;
  /** Identifies the schema. A file with another format is rejected. */
  readonly format: number;
}

/**
 * A SQLite file that one connection has to itself.
 *
 * What a transaction has written survives `kill -9` of the process: in WAL mode a commit is one `write` to the log,
 * which then belongs to the operating system. `synchronous = NORMAL` omits the fsync per commit, so a power loss can
 * lose the last commits but never the consistency of the file (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export class Sqlite {
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;

  /**
   * Opens the file, and creates its tables if it is new.
   *
   * Throws `StoreError`: `store.in_use` if another connection has it open, `store.other_format`, `store.unreadable`.
   */
  constructor({ file, schema, format }: SqliteOptions) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const database = new DatabaseSync(file, { timeout: BUSY_MILLISECONDS });
    try {
      prepare(database, { file, schema, format });
    } catch (error) {
      database.close();
      throw storeError(error, file);
    }
    this.#database = database;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
  }

  prepare(sql: string): StatementSync {
    return this.#database.prepare(sql);
  }

  /** Runs `work` as one transaction: all of its changes are kept, or, if it throws, none. Does not nest. */
  transaction<T>(work: () => T): T {
    this.#begin.run();
    try {
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      // SQLite itself rolls back after some errors, such as a full disk.
      if (this.#database.isTransaction) this.#rollback.run();
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

/** A process that ends may hold its file for a moment longer. */
const BUSY_MILLISECONDS = 1000;

function prepare(database: DatabaseSync, { file, schema, format }: SqliteOptions): void {
  // Exclusive: the engines keep counts and positions in memory. It also spares the shared-memory file.
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;");
  database.exec("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000;");
  database.exec("PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432;");
  // The first write takes the lock.
  database.exec("BEGIN IMMEDIATE; COMMIT;");
  const found = database.prepare("PRAGMA user_version").get()?.["user_version"];
  if (found === 0) {
    database.exec(`BEGIN IMMEDIATE; ${schema} PRAGMA user_version = ${format}; COMMIT;`);
  } else if (found !== format) {
    throw new StoreError(
      "store.other_format",
      `${file} has format ${String(found)}, and this version reads format ${format}. Delete its folder to start empty.`,
    );
  }
}

/** https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;

function storeError(error: unknown, file: string): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  if ("errcode" in error && error.errcode === SQLITE_BUSY) {
    const message = `${file} is open in another process. Stop that process, or use another folder.`;
    return new StoreError("store.in_use", message, error);
  }
  return new StoreError(
    "store.unreadable",
    `${file} cannot be opened: ${error.message}. If it is damaged, delete its folder to start empty.`,
    error,
  );
}
