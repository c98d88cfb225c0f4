/** The number of `SCHEMA`. A file with another number is rejected. */
export const FORMAT = 1;

// A receive updates only `messages`, whose rows are small. The content of messages is in `contents`
// and does not change.
export const SCHEMA = `
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
`;
