import type { StatementSync } from "node:sqlite";
import type { ObjectVersion } from "../object/version.ts";
import type { Bucket } from "./buckets.ts";
import { blob, type Row, type Sqlite } from "@waybill/sqlite";
import { readUpload, type Upload } from "./uploads.ts";
import { readVersion } from "./versions.ts";

/** What to list. All comparisons are of UTF-8 bytes. */
export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string | undefined;
  readonly limit: number;
}

export type ListEntry<Item> =
  | { readonly item: Item; readonly prefix?: never }
  | { readonly prefix: string; readonly item?: never };

export interface ListPage<Item> {
  readonly entries: readonly ListEntry<Item>[];
  readonly truncated: boolean;
}

/** Where a page begins. */
export interface ListStart {
  /** The least key that may appear. */
  readonly from: Buffer;
  /** With this, the rows of `key` beyond `id` come before those at `from`. */
  readonly within?: { readonly key: Buffer; readonly id: number };
}

export interface Source<Item> {
  /** Rows with keys of at least `from` and below `end`. */
  from(from: Buffer, end: Buffer, limit: number): Row[];
  /** The rows of one key that come after `id`. */
  within(key: Buffer, id: number, limit: number): Row[];
  read(row: Row): Item;
}

const MAX_BATCH = 1001;
/** A BLOB that begins above all UTF-8: no byte of a key is 0xFF. */
const END = Buffer.from([0xff]);

/** Reads pages of keys in byte order, jumping over what a common prefix stands for. */
export class Listing {
  readonly #objects: StatementSync;
  readonly #versions: StatementSync;
  readonly #versionsWithin: StatementSync;
  readonly #uploads: StatementSync;
  readonly #uploadsWithin: StatementSync;

  constructor(database: Sqlite) {
    this.#objects = database.prepare(`SELECT * FROM versions INDEXED BY current_objects
      WHERE bucket = ? AND latest = 1 AND marker = 0 AND key >= ? AND key < ? ORDER BY key LIMIT ?`);
    this.#versions = database.prepare(`SELECT * FROM versions
      WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key, id DESC LIMIT ?`);
    this.#versionsWithin = database.prepare(`SELECT * FROM versions
      WHERE bucket = ? AND key = ? AND id < ? ORDER BY id DESC LIMIT ?`);
    this.#uploads = database.prepare(`SELECT * FROM uploads
      WHERE bucket = ? AND open = 1 AND key >= ? AND key < ? ORDER BY key, id LIMIT ?`);
    this.#uploadsWithin = database.prepare(`SELECT * FROM uploads
      WHERE bucket = ? AND open = 1 AND key = ? AND id > ? ORDER BY id LIMIT ?`);
  }

  /** The current objects of a bucket. */
  objects(bucket: Bucket, query: ListQuery, start: ListStart): ListPage<ObjectVersion> {
    const source = {
      from: (from: Buffer, end: Buffer, limit: number) =>
        this.#objects.all(bucket.id, from, end, limit),
      within: () => [],
      read: readVersion,
    };
    return collect(source, query, start);
  }

  /** All versions and delete markers of a bucket, the newest of a key first. */
  versions(bucket: Bucket, query: ListQuery, start: ListStart): ListPage<ObjectVersion> {
    const source = {
      from: (from: Buffer, end: Buffer, limit: number) =>
        this.#versions.all(bucket.id, from, end, limit),
      within: (key: Buffer, id: number, limit: number) =>
        this.#versionsWithin.all(bucket.id, key, id, limit),
      read: readVersion,
    };
    return collect(source, query, start);
  }

  /** The open multipart uploads of a bucket, the oldest of a key first. */
  uploads(bucket: Bucket, query: ListQuery, start: ListStart): ListPage<Upload> {
    const source = {
      from: (from: Buffer, end: Buffer, limit: number) =>
        this.#uploads.all(bucket.id, from, end, limit),
      within: (key: Buffer, id: number, limit: number) =>
        this.#uploadsWithin.all(bucket.id, key, id, limit),
      read: readUpload,
    };
    return collect(source, query, start);
  }
}

/** One page of a source. It asks for a few rows more than it shows, however much a prefix stands for. */
export function collect<Item extends { id: number }>(
  source: Source<Item>,
  query: ListQuery,
  start: ListStart,
): ListPage<Item> {
  const entries: ListEntry<Item>[] = [];
  if (query.limit === 0) return { entries, truncated: false };
  const prefix = Buffer.from(query.prefix);
  const delimiter = query.delimiter ? Buffer.from(query.delimiter) : undefined;
  const end = after(prefix);
  let from = Buffer.compare(start.from, prefix) < 0 ? prefix : start.from;
  let within = start.within?.key.subarray(0, prefix.length).equals(prefix)
    ? start.within
    : undefined;
  let batch = delimiter ? 4 : query.limit + 1;
  for (;;) {
    const limit = Math.min(batch, MAX_BATCH, query.limit - entries.length + 1);
    const inKey = within !== undefined;
    const rows = within
      ? source.within(within.key, within.id, limit)
      : source.from(from, end, limit);
    within = undefined;
    let jumped = false;
    for (const row of rows) {
      if (entries.length === query.limit) return { entries, truncated: true };
      const key = blob(row, "key");
      const common = delimiter && commonPrefix(key, prefix, delimiter);
      if (common) {
        entries.push({ prefix: common.toString() });
        from = after(common);
        jumped = true;
        break;
      }
      const item = source.read(row);
      entries.push({ item });
      from = following(key);
      within = { key, id: item.id };
    }
    if (jumped) {
      within = undefined;
      batch = 4;
    } else if (rows.length < limit) {
      if (!inKey) return { entries, truncated: false };
      within = undefined;
    } else batch *= 2;
  }
}

/** The part of a key that a delimiter rolls up: through its first occurrence after the prefix. */
function commonPrefix(key: Buffer, prefix: Buffer, delimiter: Buffer): Buffer | undefined {
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.subarray(0, at + delimiter.length);
}

/** The least byte string above `key`. */
export function following(key: Uint8Array): Buffer {
  return Buffer.concat([key, Buffer.alloc(1)]);
}

/** The least byte string above everything that begins with `prefix`. */
export function after(prefix: Buffer): Buffer {
  if (prefix.length === 0) return END;
  const bound = Buffer.from(prefix);
  // UTF-8 has no byte 0xFF, so the last byte can always be raised.
  bound.writeUInt8((bound.at(-1) ?? 0) + 1, bound.length - 1);
  return bound;
}

/**
 * Where a list begins after `marker`: after that key, or, where the marker is itself a prefix that the
 * delimiter rolls up, after everything that it stands for.
 */
export function startAfter(marker: string, query: Omit<ListQuery, "limit">): ListStart {
  const key = Buffer.from(marker);
  const rolled = rolledUp(marker, query);
  return { from: rolled?.equals(key) ? after(key) : following(key) };
}

/**
 * Where a list that pages by keys resumes. Unlike with `start-after`, S3 takes a marker that a prefix
 * stands for to mean that this prefix has been listed.
 */
export function resumeAfter(marker: string, query: Omit<ListQuery, "limit">): ListStart {
  const rolled = rolledUp(marker, query);
  return { from: rolled ? after(rolled) : following(Buffer.from(marker)) };
}

function rolledUp(
  key: string,
  { prefix, delimiter }: Omit<ListQuery, "limit">,
): Buffer | undefined {
  if (delimiter === undefined || delimiter === "" || !key.startsWith(prefix)) return undefined;
  return commonPrefix(Buffer.from(key), Buffer.from(prefix), Buffer.from(delimiter));
}
