import fs from "node:fs";
import path from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";

import { StoreError, storeError } from "./error.ts";

export interface SqliteOptions {
  /** Path of the database file. Missing folders and a missing file are created. */
  readonly file: string;
  /** The statements that create the tables of a new file. */
  readonly schema: string;
  /** Identifies the schema: an integer from 1. A file with another format is rejected. */
  readonly format: number;
}

/** How long to wait for a process that has the file open and is about to exit. */
const BUSY_MILLISECONDS = 1000;

/**
 * A SQLite file that one connection has open.
 *
 * What a transaction has written survives `kill -9` of the process: in WAL mode a commit is one
 * `write` to the log, which then belongs to the operating system. `synchronous = NORMAL` omits the
 * fsync per commit, so a power loss can lose the last commits but never the consistency of the file
 * (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export class Sqlite {
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;

  /**
   * Opens the file, and creates its tables if it is new.
   *
   * Throws `StoreError`: `store.in_use` if another connection has the file open;
   * `store.other_format` if its schema is not `format`; `store.unreadable` if it is damaged or
   * cannot be opened.
   */
  constructor(options: SqliteOptions) {
    this.#database = open(options);
    this.#begin = this.#database.prepare("BEGIN IMMEDIATE");
    this.#commit = this.#database.prepare("COMMIT");
    this.#rollback = this.#database.prepare("ROLLBACK");
  }

  prepare(sql: string): StatementSync {
    return this.#database.prepare(sql);
  }

  /**
   * Runs `work` as one transaction and returns its result. If `work` throws, none of its changes is
   * kept.
   *
   * Transactions do not nest, and `work` must be synchronous.
   */
  transaction<T>(work: () => T): T {
    this.#begin.run();
    try {
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      // SQLite has already rolled back after some errors, such as a full disk.
      if (this.#database.isTransaction) this.#rollback.run();
      throw error;
    }
  }

  /** Closes the file. Further calls do nothing. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function open(options: SqliteOptions): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    fs.mkdirSync(path.dirname(options.file), { recursive: true });
    database = new DatabaseSync(options.file, { timeout: BUSY_MILLISECONDS });
    lock(database);
    checkSchema(database, options);
    return database;
  } catch (error) {
    database?.close();
    throw storeError(error, options.file);
  }
}

function lock(database: DatabaseSync): void {
  // Exclusive: the engines keep counts and positions in memory. It also needs no shared-memory
  // file.
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;");
  // 32 MB of cache; a checkpoint after 16 MB of log (pages of 4 KB); at most 32 MB of log are left
  // on disk.
  database.exec("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000;");
  database.exec("PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432;");
  // The lock is taken with the first write.
  database.exec("BEGIN IMMEDIATE; COMMIT;");
}

/**
 * Creates the tables of an empty file. The tables and the format are one transaction: a file has
 * both or neither.
 */
function checkSchema(database: DatabaseSync, { file, schema, format }: SqliteOptions): void {
  const found = database.prepare("PRAGMA user_version").get()?.["user_version"];
  if (found === format) return;
  if (found !== 0) {
    throw new StoreError(
      "store.other_format",
      `${file} has format ${String(found)}, and this version reads format ${format}. ` +
        `Delete the folder ${path.dirname(file)} to start with an empty store, or use another folder.`,
    );
  }
  if (database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get()) {
    throw new StoreError(
      "store.other_format",
      `${file} is a database of another program: it has tables and no format. Use another folder.`,
    );
  }
  database.exec(`BEGIN IMMEDIATE; ${schema} PRAGMA user_version = ${format}; COMMIT;`);
}
