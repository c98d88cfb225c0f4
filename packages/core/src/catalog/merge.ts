import { MAX_SHARD_PAGE } from "../limits.ts";

/** A page of items of a shard, in the order of the merge. */
export interface Page<T, P> {
  readonly items: readonly T[];
  /** The position after which the next page starts; undefined on the last page. */
  readonly next?: P | undefined;
}

/** Reads up to `limit` items of a shard after a position; the page can be empty although more items follow. */
export type ReadPage<T, P> = (after: P | undefined, limit: number) => Promise<Page<T, P>>;

export interface MergeOptions<P> {
  /** The order of the shards and of the result. */
  readonly compare: (a: P, b: P) => number;
  readonly after?: P | undefined;
  /** Items of each shard's first page. */
  readonly limit: number;
  /** Reads a shard's next page while the current one is used, for a caller that reads to the end. */
  readonly ahead?: boolean;
  /** Called before each page. Once it returns false, the merge ends; `stoppedAt` says where. */
  readonly mayRead?: () => boolean;
}

/** Items of the first page after a skip: about one read unit of small items. */
const SEEK_LIMIT = 4;

interface Shard<T, P> {
  readonly read: ReadPage<T, P>;
  items: readonly T[];
  index: number;
  /** Start and size of the next page. */
  after: P | undefined;
  limit: number;
  more: boolean;
  /** The next page, if it is already being read. */
  pending: Promise<Page<T, P>> | undefined;
}

/**
 * Merges sorted shards into one sorted sequence. Pages are read only when they are needed, in parallel
 * across shards. An item is its own position.
 */
export class Merge<T extends P, P> {
  readonly #shards: Shard<T, P>[];
  readonly #options: MergeOptions<P>;

  constructor(sources: readonly ReadPage<T, P>[], options: MergeOptions<P>) {
    this.#options = options;
    this.#shards = sources.map((read) => ({
      read,
      items: [],
      index: 0,
      after: options.after,
      limit: options.limit,
      more: true,
      pending: undefined,
    }));
  }

  /** The next item, or undefined at the end. It remains the next item until it is skipped. */
  async peek(): Promise<T | undefined> {
    if (this.#shards.some(isEmpty)) {
      await Promise.all(this.#shards.filter(isEmpty).map((shard) => this.#fill(shard)));
    }
    // The items of a shard that was stopped are unknown after this position, so the merge ends there.
    const end = this.stoppedAt();
    let first: T | undefined;
    for (const { items, index } of this.#shards) {
      const item = items[index];
      if (item && (!first || this.#options.compare(item, first) < 0)) first = item;
    }
    if (first && end !== undefined && this.#options.compare(first, end) > 0) return undefined;
    return first;
  }

  /**
   * The next items, as many as are known without another page; empty only at the end. They are skipped.
   * For a caller that reads to the end, without `mayRead`.
   */
  async take(): Promise<T[]> {
    const taken: T[] = [];
    if ((await this.peek()) === undefined) return taken;
    for (;;) {
      let first: Shard<T, P> | undefined;
      for (const shard of this.#shards) {
        if (shard.index >= shard.items.length) continue;
        if (!first || this.#options.compare(headOf(shard), headOf(first)) < 0) first = shard;
      }
      if (first === undefined) return taken;
      taken.push(headOf(first));
      first.index += 1;
      if (isEmpty(first)) return taken;
    }
  }

  /** Continues with the first item after `position`. */
  skipPast(position: P): void {
    const { compare } = this.#options;
    for (const shard of this.#shards) {
      for (let item = shard.items[shard.index]; item; item = shard.items[shard.index]) {
        if (compare(item, position) > 0) break;
        shard.index += 1;
      }
      if (isEmpty(shard) && (shard.after === undefined || compare(shard.after, position) < 0)) {
        shard.after = position;
        shard.limit = SEEK_LIMIT;
        shard.pending = undefined;
      }
    }
  }

  /** Where a later merge must continue if `mayRead` ended this one; undefined otherwise. */
  stoppedAt(): P | undefined {
    return this.#shards
      .filter(isEmpty)
      .map(({ after }) => after)
      .filter((after) => after !== undefined)
      .toSorted(this.#options.compare)[0];
  }

  async #fill(shard: Shard<T, P>): Promise<void> {
    const { mayRead = () => true, ahead } = this.#options;
    while (isEmpty(shard) && (shard.pending !== undefined || mayRead())) {
      const page = await (shard.pending ?? shard.read(shard.after, shard.limit));
      shard.pending = undefined;
      shard.items = page.items;
      shard.index = 0;
      shard.after = page.next;
      shard.more = page.next !== undefined;
      shard.limit = Math.min(MAX_SHARD_PAGE, shard.limit * 2);
      if (ahead && shard.more && mayRead()) {
        shard.pending = shard.read(shard.after, shard.limit);
        // The awaiter handles the error; an abandoned merge ignores it.
        shard.pending.catch(() => undefined);
      }
    }
  }
}

/** The next item of a shard that has one in memory. */
const headOf = <T, P>({ items, index }: Shard<T, P>): T => items[index] as T;

/** Whether all items that were read are used, and more can be read. */
function isEmpty({
  more,
  index,
  items,
}: Pick<Shard<unknown, unknown>, "more" | "index" | "items">): boolean {
  return more && index >= items.length;
}

/**
 * The page size of each shard if `wanted` items are needed from all of them. Items are distributed at
 * random: with two standard deviations above its share, one read of each shard is usually enough.
 */
export function shareOf(wanted: number, shards: number): number {
  const share = wanted / shards;
  return Math.min(MAX_SHARD_PAGE, Math.ceil(share + 2 * Math.sqrt(share)) + 1);
}
