import { DatabaseSync, type StatementSync } from "node:sqlite";
import { OfflineError } from "../../error.ts";

const SCHEMA_VERSION = 2;

/*
 * Keys are BLOBs: node:sqlite cuts TEXT at U+0000 when it reads it, and memcmp order of UTF-8 bytes is
 * S3's list order. `versions.id` is a sequence number (see sequence.ts), so the greatest id of a key is
 * its newest version.
 */
const SCHEMA = `
CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE buckets (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  settings TEXT NOT NULL
) STRICT;
CREATE TABLE versions (
  id INTEGER PRIMARY KEY,
  bucket INTEGER NOT NULL,
  key BLOB NOT NULL,
  version TEXT NOT NULL,
  latest INTEGER NOT NULL,
  marker INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  size INTEGER NOT NULL,
  etag TEXT NOT NULL,
  storage_class TEXT NOT NULL,
  body INTEGER,
  upload INTEGER,
  attributes TEXT NOT NULL,
  tags TEXT
) STRICT;
CREATE INDEX versions_by_key ON versions (bucket, key, id DESC);
CREATE UNIQUE INDEX current_objects ON versions (bucket, key) WHERE latest = 1 AND marker = 0;
CREATE UNIQUE INDEX null_versions ON versions (bucket, key) WHERE version = 'null';
CREATE UNIQUE INDEX versions_by_upload ON versions (upload) WHERE upload IS NOT NULL;
CREATE TABLE uploads (
  id INTEGER PRIMARY KEY,
  token TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  key BLOB NOT NULL,
  initiated INTEGER NOT NULL,
  open INTEGER NOT NULL,
  storage_class TEXT NOT NULL,
  attributes TEXT NOT NULL,
  tags TEXT,
  checksum TEXT NOT NULL,
  initiator TEXT NOT NULL,
  disturbed INTEGER NOT NULL
) STRICT;
CREATE INDEX open_uploads ON uploads (bucket, key, id) WHERE open = 1;
CREATE TABLE parts (
  upload INTEGER NOT NULL,
  number INTEGER NOT NULL,
  size INTEGER NOT NULL,
  etag TEXT NOT NULL,
  modified INTEGER NOT NULL,
  body INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE bodies (
  id INTEGER PRIMARY KEY,
  owned INTEGER NOT NULL,
  data BLOB
) STRICT;
CREATE INDEX unowned_bodies ON bodies (id) WHERE owned = 0;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  queue TEXT NOT NULL,
  lane BLOB NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_by_queue ON outbox (queue, id);
`;

/**
 * Opens the store's database and creates it where it is missing. One connection has it to itself.
 * @throws OfflineError `s3.store_in_use`, `s3.other_schema`.
 *
 * `synchronous = NORMAL` in WAL mode: a commit is one write to the operating system, which survives
 * `kill -9`; the disk is flushed at checkpoints only, so a power loss may take the last commits but
 * never the database's consistency (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    prepare(database, path);
  } catch (error) {
    database.close();
    throw isLocked(error) ? inUse(path, error) : error;
  }
  return database;
}

function prepare(database: DatabaseSync, path: string): void {
  database.exec(`
    PRAGMA busy_timeout = 1000;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA cache_size = -32000;
  `);
  const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
  if (version === 0) {
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
  } else if (version !== SCHEMA_VERSION) {
    throw new OfflineError(
      "s3.other_schema",
      `${path} was written by another version of the offline S3 (schema ${String(version)}; this one reads ${SCHEMA_VERSION}). Delete its directory to begin anew.`,
    );
  }
}

const SQLITE_BUSY = 5;

function isLocked(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}

function inUse(path: string, cause: unknown): OfflineError {
  return new OfflineError(
    "s3.store_in_use",
    `${path} is in use by another process. Stop that one, or use another directory.`,
    { cause, retry: true },
  );
}

/** Runs one synchronous piece of work as one transaction. */
export class Transactions {
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;

  constructor(database: DatabaseSync) {
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
  }

  run<T>(work: () => T): T {
    this.#begin.run();
    let result: T;
    try {
      result = work();
    } catch (error) {
      this.#rollback.run();
      throw error;
    }
    this.#commit.run();
    return result;
  }
}
