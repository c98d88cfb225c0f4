import { copyFileSync, createReadStream, linkSync, mkdirSync } from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { StatementSync } from "node:sqlite";
import { integer, optionalBlob, type Sqlite } from "@waybill/sqlite";

/** Bodies up to this size live in the database: one write, nothing to clean up. */
const INLINE_LIMIT = 16 * 1024;
const WRITE_SIZE = 1024 * 1024;
const READ_SIZE = 256 * 1024;
const DIRECTORIES = 256;
const EMPTY = Buffer.alloc(0);

/** A body that has arrived and belongs to nobody yet: claim it in a transaction, or discard it. */
export interface PendingBody {
  readonly size: number;
  readonly content: { readonly data: Buffer } | { readonly file: number };
}

/** A stretch of a stored body. */
export interface Segment {
  readonly body: number;
  readonly size: number;
}

/** Stored bytes on their way out. `close` must be called once, whether or not they were read. */
export interface OpenContent {
  readonly length: number;
  readonly chunks: AsyncIterable<Uint8Array> | Uint8Array;
  close(): void;
}

/**
 * The bytes of objects and parts. A large body is a file that is written in place. Its row says
 * `owned = 0` from before the file exists until the transaction that makes it part of an object, and
 * again from the transaction that removes the object: whatever is unowned when the store opens is
 * swept, so a crash leaves nothing behind and opening never walks the directory.
 */
export class Bodies {
  readonly #directory: string;
  readonly #insert: StatementSync;
  readonly #own: StatementSync;
  readonly #disown: StatementSync;
  readonly #remove: StatementSync;
  readonly #removeInline: StatementSync;
  readonly #select: StatementSync;
  readonly #unowned: StatementSync;
  /** How many readers each file has; a disowned file outlives its last one. */
  readonly #readers = new Map<number, number>();
  readonly #disowned = new Set<number>();
  /** Released by the transaction that is running. */
  #releasing: number[] = [];
  readonly #removals = new Set<Promise<void>>();

  constructor(database: Sqlite, directory: string) {
    this.#directory = directory;
    for (let index = 0; index < DIRECTORIES; index++) {
      mkdirSync(join(directory, shard(index)), { recursive: true });
    }
    this.#insert = database.prepare("INSERT INTO bodies (owned, data) VALUES (?, ?)");
    this.#own = database.prepare("UPDATE bodies SET owned = 1 WHERE id = ?");
    this.#disown = database.prepare("UPDATE bodies SET owned = 0 WHERE id = ?");
    this.#remove = database.prepare("DELETE FROM bodies WHERE id = ?");
    this.#removeInline = database.prepare("DELETE FROM bodies WHERE id = ? AND data IS NOT NULL");
    this.#select = database.prepare("SELECT data FROM bodies WHERE id = ?");
    this.#unowned = database.prepare("SELECT id FROM bodies WHERE owned = 0");
  }

  /** Removes what a crash left behind. Call it before the first request. */
  async sweep(): Promise<void> {
    const ids = this.#unowned.all().map((row) => integer(row, "id"));
    for (const id of ids) {
      await rm(this.#path(id), { force: true });
      this.#remove.run(id);
    }
  }

  create(): BodyWriter {
    return new BodyWriter({
      open: async () => {
        const id = Number(this.#insert.run(0, null).lastInsertRowid);
        return { id, handle: await open(this.#path(id), "wx") };
      },
      remove: (id) => this.#unlink(id),
    });
  }

  /** Gives a pending body to an object; part of the transaction that makes the object visible. */
  claim(pending: PendingBody): number {
    if ("data" in pending.content) {
      // node:sqlite binds a Uint8Array without memory as NULL.
      const data = pending.size === 0 ? EMPTY : pending.content.data;
      return Number(this.#insert.run(1, data).lastInsertRowid);
    }
    this.#own.run(pending.content.file);
    return pending.content.file;
  }

  /** Takes a body from its object; part of the transaction that removes the object. */
  release(id: number): void {
    if (this.#removeInline.run(id).changes > 0) return;
    this.#disown.run(id);
    this.#releasing.push(id);
  }

  /** Must follow each transaction: the files of released bodies go, unless it was rolled back. */
  settle(committed: boolean): void {
    if (this.#releasing.length === 0) return;
    if (committed) for (const id of this.#releasing) this.#disowned.add(id);
    this.#releasing = [];
    this.#reap();
  }

  #reap(): void {
    for (const id of this.#disowned) {
      if (this.#readers.has(id)) continue;
      this.#disowned.delete(id);
      this.#track(this.#unlink(id));
    }
  }

  async discard(pending: PendingBody): Promise<void> {
    if ("file" in pending.content) await this.#unlink(pending.content.file);
  }

  /** A second body with the same bytes; files share their blocks, for a body never changes. */
  duplicate(segment: Segment): PendingBody {
    const data = this.#inline(segment.body);
    if (data) return { size: segment.size, content: { data } };
    const file = Number(this.#insert.run(0, null).lastInsertRowid);
    try {
      linkSync(this.#path(segment.body), this.#path(file));
    } catch {
      // Not every file system has hard links, and one file may only have so many.
      copyFileSync(this.#path(segment.body), this.#path(file));
    }
    return { size: segment.size, content: { file } };
  }

  /**
   * Opens bytes `start` to `end` (exclusive) of the segments, laid end to end. Whatever is released
   * afterwards, they can be read until they are closed.
   */
  read(segments: readonly Segment[], start: number, end: number): OpenContent {
    const length = end - start;
    // The row of an inline body goes with its object, so its bytes are taken now.
    const pieces = slice(segments, start, end).map((slice) => ({
      ...slice,
      data: slice.size <= INLINE_LIMIT ? this.#inline(slice.body) : undefined,
    }));
    const [only, second] = pieces;
    if (only?.data && !second) {
      return { length, chunks: only.data.subarray(only.from, only.to), close: () => {} };
    }
    for (const { body } of pieces) this.#readers.set(body, (this.#readers.get(body) ?? 0) + 1);
    const close = (): void => {
      for (const { body } of pieces) this.#closeReader(body);
      this.#reap();
    };
    return { length, chunks: this.#chunks(pieces), close };
  }

  async settled(): Promise<void> {
    await Promise.all(this.#removals);
  }

  async *#chunks(pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
    for (const { body, from, to, data } of pieces) {
      if (data) yield data.subarray(from, to);
      else {
        const options = { start: from, end: to - 1, highWaterMark: READ_SIZE };
        yield* createReadStream(this.#path(body), options);
      }
    }
  }

  #inline(id: number): Buffer | undefined {
    const row = this.#select.get(id);
    if (!row) throw new Error(`The body ${id} is not in the store.`);
    return optionalBlob(row, "data");
  }

  #closeReader(id: number): void {
    const left = (this.#readers.get(id) ?? 1) - 1;
    if (left === 0) this.#readers.delete(id);
    else this.#readers.set(id, left);
  }

  async #unlink(id: number): Promise<void> {
    await rm(this.#path(id), { force: true });
    this.#remove.run(id);
  }

  #track(removal: Promise<void>): void {
    const tracked = removal
      .catch((error: unknown) => {
        // The row stays unowned, so the next opening tries again.
        process.emitWarning(`A body could not be deleted: ${String(error)}`);
      })
      .finally(() => this.#removals.delete(tracked));
    this.#removals.add(tracked);
  }

  #path(id: number): string {
    return join(this.#directory, shard(id % DIRECTORIES), String(id));
  }
}

/** The bytes of a segment from `from` to `to`, exclusive. */
interface Slice extends Segment {
  readonly from: number;
  readonly to: number;
}

/** A slice with the bytes of its segment, where they are not in a file. */
interface Piece extends Slice {
  readonly data: Buffer | undefined;
}

function slice(segments: readonly Segment[], start: number, end: number): Slice[] {
  const slices: Slice[] = [];
  let offset = 0;
  for (const { body, size } of segments) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, size);
    if (from < to) slices.push({ body, size, from, to });
    offset += size;
  }
  return slices;
}

function shard(index: number): string {
  return index.toString(16).padStart(2, "0");
}

interface BodyFiles {
  open(): Promise<{ id: number; handle: FileHandle }>;
  remove(id: number): Promise<void>;
}

/** Takes one body as it arrives; in memory while it is small, in a file as soon as it is not. */
export class BodyWriter {
  readonly #files: BodyFiles;
  #file: { id: number; handle: FileHandle } | undefined;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #size = 0;

  constructor(files: BodyFiles) {
    this.#files = files;
  }

  get size(): number {
    return this.#size;
  }

  /** Buffers a chunk. True when `flush` should run before the next one, to bound the memory. */
  write(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    this.#size += chunk.length;
    return this.#buffered >= WRITE_SIZE;
  }

  async flush(): Promise<void> {
    this.#file ??= await this.#files.open();
    const chunks = this.#chunks;
    this.#chunks = [];
    let left = this.#buffered;
    this.#buffered = 0;
    if (left === 0) return;
    const { bytesWritten } = await this.#file.handle.writev(chunks);
    left -= bytesWritten;
    if (left === 0) return;
    const rest = Buffer.concat(chunks).subarray(bytesWritten);
    await this.#file.handle.appendFile(rest);
  }

  async finish(): Promise<PendingBody> {
    if (!this.#file && this.#size <= INLINE_LIMIT) {
      const [first] = this.#chunks;
      const data = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
      return { size: this.#size, content: { data } };
    }
    await this.flush();
    const file = this.#file;
    if (!file) throw new Error("A flushed body has no file.");
    await file.handle.close();
    return { size: this.#size, content: { file: file.id } };
  }

  /** Drops what has arrived so far. Not to be called after `finish`. */
  async abort(): Promise<void> {
    this.#chunks = [];
    if (!this.#file) return;
    await this.#file.handle.close();
    await this.#files.remove(this.#file.id);
  }
}
