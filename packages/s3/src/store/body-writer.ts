import type { FileHandle } from "node:fs/promises";

/** Bodies up to this size are stored in the database: one write, and no file to delete. */
export const INLINE_LIMIT = 16 * 1024;
const WRITE_SIZE = 1024 * 1024;

/** A received body that is not part of an object yet. Claim it in a transaction, or discard it. */
export interface PendingBody {
  readonly size: number;
  readonly content: { readonly data: Buffer } | { readonly file: number };
}

interface BodyFiles {
  open(): Promise<{ id: number; handle: FileHandle }>;
  remove(id: number): Promise<void>;
}

/** Receives one body: in memory while it is small, in a file from then on. */
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

  /**
   * Buffers a chunk. Returns true if `flush` must run before the next chunk, which bounds the
   * memory.
   */
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

  /** Deletes what was received so far. Must not be called after `finish`. */
  async abort(): Promise<void> {
    this.#chunks = [];
    if (!this.#file) return;
    await this.#file.handle.close();
    await this.#files.remove(this.#file.id);
  }
}
