/** Some items of a shard, in the order of the merge. */
export interface Page<T, P> {
  readonly items: readonly T[];
  /** After which position the next page starts; undefined after the last page. */
  readonly next?: P | undefined;
}

/** Reads the items of a shard that come after `after`: up to `limit`, and perhaps none although there are more. */
export type ReadPage<T, P> = (after: P | undefined, limit: number) => Promise<Page<T, P>>;

export interface MergeOptions<P> {
  /** The order of the shards and of the whole. */
  readonly compare: (a: P, b: P) => number;
  readonly after?: P | undefined;
  /** How many items each shard is asked for at first. */
  readonly limit: number;
  /** Whether a shard's next page is read while the one before it is used: for who reads to the end. */
  readonly ahead?: boolean;
  /** Asked before each page; once it says no, the merge ends where `stoppedAt` says. */
  readonly mayRead?: () => boolean;
}

/** How many items a shard is asked for after a skip: as many small ones as one read unit pays for. */
const SEEK_LIMIT = 4;
/** At most so many, about 200 KB: what is in memory is two such pages of each shard. */
const MAX_LIMIT = 256;

interface Shard<T, P> {
  readonly read: ReadPage<T, P>;
  items: readonly T[];
  index: number;
  /** Where the next page starts, and how many items to ask for. */
  after: P | undefined;
  limit: number;
  more: boolean;
  /** The next page, if it is being read already. */
  pending: Promise<Page<T, P>> | undefined;
}

/**
 * Merges shards, each in one order, into one sequence of that order; it reads pages only when they
 * are needed, and those that are needed at once in parallel. An item is its own position.
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

  /** The next item, or undefined at the end. It stays the next until it is skipped. */
  async peek(): Promise<T | undefined> {
    if (this.#shards.some(isEmpty)) {
      await Promise.all(this.#shards.filter(isEmpty).map((shard) => this.#fill(shard)));
    }
    // Of a shard that may not be read any more, nothing is known beyond this: another's item may be.
    const end = this.stoppedAt();
    let first: T | undefined;
    for (const { items, index } of this.#shards) {
      const item = items[index];
      if (item && (!first || this.#options.compare(item, first) < 0)) first = item;
    }
    if (first && end !== undefined && this.#options.compare(first, end) > 0) return undefined;
    return first;
  }

  /** Goes on with the first item after `position`. */
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

  /** Where a later merge has to go on if `mayRead` ended this one; undefined if it did not. */
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
      shard.limit = Math.min(MAX_LIMIT, shard.limit * 2);
      if (ahead && shard.more && mayRead()) {
        shard.pending = shard.read(shard.after, shard.limit);
        // Whoever awaits it gets the error; if nobody does any more, it is nobody's.
        shard.pending.catch(() => undefined);
      }
    }
  }
}

/** Whether nothing that was read is left, and more can be read. */
function isEmpty({
  more,
  index,
  items,
}: Pick<Shard<unknown, unknown>, "more" | "index" | "items">): boolean {
  return more && index >= items.length;
}

/**
 * How many items to ask each of so many shards for, where so many are wanted of all of them. Shards
 * are uneven by chance: with two standard deviations more than its share, one read is mostly enough.
 */
export function shareOf(wanted: number, shards: number): number {
  const share = wanted / shards;
  return Math.min(MAX_LIMIT, Math.ceil(share + 2 * Math.sqrt(share)) + 1);
}
