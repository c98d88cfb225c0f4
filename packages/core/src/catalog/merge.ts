import { compareBytes } from "./byte-order.ts";

/** Some items of a shard, in byte order of their keys. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The key after which the next page starts; undefined after the last page. */
  readonly next?: string | undefined;
}

/** Reads the items of a shard whose keys come after `after`: up to `limit`, and perhaps none although there are more. */
export type ReadPage<T> = (after: string | undefined, limit: number) => Promise<Page<T>>;

export interface Keyed {
  readonly key: string;
}

/** How many items a shard is asked for after a skip: as many small ones as one read unit pays for. */
const SEEK_LIMIT = 4;
const MAX_LIMIT = 1000;

interface Shard<T> {
  readonly read: ReadPage<T>;
  items: readonly T[];
  index: number;
  /** Where the next page starts, and how many items to ask for. */
  after: string | undefined;
  limit: number;
  more: boolean;
}

/**
 * Merges shards, each in byte order, into one sequence in byte order; it reads pages only when they
 * are needed, and those that are needed at once in parallel.
 */
export class Merge<T extends Keyed> {
  readonly #shards: Shard<T>[];

  constructor(
    sources: readonly ReadPage<T>[],
    options: { readonly after?: string | undefined; readonly limit: number },
  ) {
    this.#shards = sources.map((read) => ({
      read,
      items: [],
      index: 0,
      after: options.after,
      limit: options.limit,
      more: true,
    }));
  }

  /** The next item, or undefined at the end. It stays the next until it is skipped. */
  async peek(): Promise<T | undefined> {
    if (this.#shards.some(isEmpty)) {
      await Promise.all(this.#shards.filter(isEmpty).map(fill));
    }
    let first: T | undefined;
    for (const { items, index } of this.#shards) {
      const item = items[index];
      if (item && (!first || compareBytes(item.key, first.key) < 0)) first = item;
    }
    return first;
  }

  /** Goes on with the first key after `key`. */
  skipPast(key: string): void {
    for (const shard of this.#shards) {
      for (let item = shard.items[shard.index]; item; item = shard.items[shard.index]) {
        if (compareBytes(item.key, key) > 0) break;
        shard.index += 1;
      }
      if (isEmpty(shard) && (shard.after === undefined || compareBytes(shard.after, key) < 0)) {
        shard.after = key;
        shard.limit = SEEK_LIMIT;
      }
    }
  }
}

/** Whether nothing that was read is left, and more can be read. */
function isEmpty(shard: Shard<unknown>): boolean {
  return shard.more && shard.index >= shard.items.length;
}

async function fill<T>(shard: Shard<T>): Promise<void> {
  while (isEmpty(shard)) {
    const page = await shard.read(shard.after, shard.limit);
    shard.items = page.items;
    shard.index = 0;
    shard.after = page.next;
    shard.more = page.next !== undefined;
    shard.limit = Math.min(MAX_LIMIT, shard.limit * 2);
  }
}
