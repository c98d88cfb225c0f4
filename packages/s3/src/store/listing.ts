import type { StatementSync } from "node:sqlite";
import { MAX_PAGE } from "../limits.ts";
import type { ObjectVersion } from "../object/version.ts";
import type { Bucket } from "./buckets.ts";
import { blob, type Row, type Sqlite } from "@waybill/sqlite";
import { readUpload, type Upload } from "./uploads.ts";
import { readVersion } from "./versions.ts";

/** The parameters of a list. Keys are compared as UTF-8 bytes. */
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

/** The start of a page. */
export interface ListStart {
  /** The least key of the page. */
  readonly from: Buffer;
  /** If set, the rows of `key` after `id` precede those at `from`. */
  readonly within?: { readonly key: Buffer; readonly id: number };
}

export interface Source<Item> {
  /** Returns rows whose keys are at least `from` and below `end`. */
  from(from: Buffer, end: Buffer, limit: number): Row[];
  /** Returns the rows of one key after `id`. */
  within(key: Buffer, id: number, limit: number): Row[];
  read(row: Row): Item;
}

/** One page, and a row more to see whether it is the last. */
const MAX_BATCH = MAX_PAGE + 1;
/** Greater than every key: no byte of UTF-8 is 0xFF. */
const END = Buffer.from([0xff]);

/** Reads pages of keys in byte order, and skips the keys of a common prefix. */
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

  /** Returns a page of the current objects of a bucket. */
  objects(bucket: Bucket, query: ListQuery, start: ListStart): ListPage<ObjectVersion> {
    const source = {
      from: (from: Buffer, end: Buffer, limit: number) =>
        this.#objects.all(bucket.id, from, end, limit),
      within: () => [],
      read: readVersion,
    };
    return collect(source, query, start);
  }

  /** Returns a page of versions and delete markers, the newest of each key first. */
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

  /** Returns a page of open multipart uploads, the oldest of each key first. */
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

/**
 * Returns one page of a source. Reads few more rows than it returns, however many keys a prefix
 * has.
 */
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

/** Returns the common prefix of a key: up to and including the first delimiter after `prefix`. */
function commonPrefix(key: Buffer, prefix: Buffer, delimiter: Buffer): Buffer | undefined {
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.subarray(0, at + delimiter.length);
}

/** Returns the least byte string above `key`. */
export function following(key: Uint8Array): Buffer {
  return Buffer.concat([key, Buffer.alloc(1)]);
}

/** Returns the least byte string above all that begin with `prefix`. */
export function after(prefix: Buffer): Buffer {
  if (prefix.length === 0) return END;
  const bound = Buffer.from(prefix);
  // UTF-8 has no byte 0xFF, so the last byte can always be incremented.
  bound.writeUInt8((bound.at(-1) ?? 0) + 1, bound.length - 1);
  return bound;
}

/**
 * Returns the start of a list after `marker`: after that key, or, if the marker is itself a common
 * prefix, after all keys of that prefix.
 */
export function startAfter(marker: string, query: Omit<ListQuery, "limit">): ListStart {
  const key = Buffer.from(marker);
  const prefix = commonPrefixOf(marker, query);
  return { from: prefix?.equals(key) ? after(key) : following(key) };
}

/**
 * Returns where a list with a key marker continues. Unlike `start-after`, a marker with a common
 * prefix means that this prefix was already listed.
 */
export function resumeAfter(marker: string, query: Omit<ListQuery, "limit">): ListStart {
  const prefix = commonPrefixOf(marker, query);
  return { from: prefix ? after(prefix) : following(Buffer.from(marker)) };
}

function commonPrefixOf(
  key: string,
  { prefix, delimiter }: Omit<ListQuery, "limit">,
): Buffer | undefined {
  if (delimiter === undefined || delimiter === "" || !key.startsWith(prefix)) return undefined;
  return commonPrefix(Buffer.from(key), Buffer.from(prefix), Buffer.from(delimiter));
}
