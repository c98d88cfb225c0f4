/** Identifies `SCHEMA`: a store with another format is rejected. */
export const FORMAT = 2;

/*
 * Keys are BLOBs: node:sqlite truncates TEXT at U+0000 when it reads it, and S3 lists keys in the
 * order of their UTF-8 bytes. `versions.id` is a sequence number (see sequence.ts), so the newest
 * version of a key has the greatest id.
 */
export const SCHEMA = `
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
