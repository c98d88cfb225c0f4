import { copyFileSync, createReadStream, linkSync, mkdirSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { StatementSync } from "node:sqlite";
import { integer, optionalBlob, type Sqlite } from "@waybill/sqlite";
import { BodyWriter, INLINE_LIMIT, type PendingBody } from "./body-writer.ts";

const READ_SIZE = 256 * 1024;
const DIRECTORIES = 256;
const EMPTY = Buffer.alloc(0);

/** One stored body in the content of an object. */
export interface Segment {
  readonly body: number;
  readonly size: number;
}

/**
 * Stored bytes that a reader has opened. It must call `close` once, whether or not it read them.
 */
export interface OpenContent {
  readonly length: number;
  readonly chunks: AsyncIterable<Uint8Array> | Uint8Array;
  close(): void;
}

/**
 * The bytes of objects and parts. A large body is a file. Its row has `owned = 0` until a
 * transaction makes it part of an object, and again after the transaction that deletes the object.
 * Opening the store deletes all unowned bodies. A crash therefore leaves no file behind, and
 * opening reads no directory.
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
  /** The number of readers of each file. A disowned file is deleted after its last reader. */
  readonly #readers = new Map<number, number>();
  readonly #disowned = new Set<number>();
  /** Bodies released by the current transaction. */
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

  /** Deletes the bodies that a crash left unowned. Must run before the first request. */
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

  /**
   * Makes a pending body part of an object. Must run in the transaction that creates the object.
   */
  claim(pending: PendingBody): number {
    if ("data" in pending.content) {
      // node:sqlite binds a Uint8Array without memory as NULL.
      const data = pending.size === 0 ? EMPTY : pending.content.data;
      return Number(this.#insert.run(1, data).lastInsertRowid);
    }
    this.#own.run(pending.content.file);
    return pending.content.file;
  }

  /** Removes a body from its object. Must run in the transaction that deletes the object. */
  release(id: number): void {
    if (this.#removeInline.run(id).changes > 0) return;
    this.#disown.run(id);
    this.#releasing.push(id);
  }

  /**
   * Must run after each transaction. Deletes the files of released bodies, unless it was rolled
   * back.
   */
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
      this.#track(id, this.#unlink(id));
    }
  }

  async discard(pending: PendingBody): Promise<void> {
    if ("file" in pending.content) await this.#unlink(pending.content.file);
  }

  /**
   * Creates a second body with the same bytes. Files share their blocks, because a body never
   * changes.
   */
  duplicate(segment: Segment): PendingBody {
    const data = this.#inline(segment.body);
    if (data) return { size: segment.size, content: { data } };
    const file = Number(this.#insert.run(0, null).lastInsertRowid);
    try {
      linkSync(this.#path(segment.body), this.#path(file));
    } catch {
      // Some file systems have no hard links, and the number of links to a file is limited.
      copyFileSync(this.#path(segment.body), this.#path(file));
    }
    return { size: segment.size, content: { file } };
  }

  /**
   * Opens bytes `start` to `end` (exclusive) of the concatenated segments. They stay readable until
   * they are closed, even if their bodies are released before.
   */
  read(segments: readonly Segment[], start: number, end: number): OpenContent {
    const length = end - start;
    // The row of an inline body is deleted with its object, so its bytes must be read now.
    const pieces = slices(segments, start, end).map((slice) => ({
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

  #track(id: number, removal: Promise<void>): void {
    const tracked = removal
      .catch((error: unknown) => {
        // The row stays unowned, so the next start deletes the file.
        process.emitWarning(
          `Could not delete the body ${id}; the next start retries it: ${String(error)}`,
        );
      })
      .finally(() => this.#removals.delete(tracked));
    this.#removals.add(tracked);
  }

  #path(id: number): string {
    return join(this.#directory, shard(id % DIRECTORIES), String(id));
  }
}

/** Bytes `from` to `to` (exclusive) of a segment. */
interface Slice extends Segment {
  readonly from: number;
  readonly to: number;
}

/** A slice, with the bytes of its segment if they are not in a file. */
interface Piece extends Slice {
  readonly data: Buffer | undefined;
}

function slices(segments: readonly Segment[], start: number, end: number): Slice[] {
  const found: Slice[] = [];
  let offset = 0;
  for (const { body, size } of segments) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, size);
    if (from < to) found.push({ body, size, from, to });
    offset += size;
  }
  return found;
}

function shard(index: number): string {
  return index.toString(16).padStart(2, "0");
}
