import { compareBytes } from "../catalog/byte-order.ts";
import { ServiceError } from "../error.ts";
import {
  type Difference,
  differenceOf,
  type ListedObject,
  type RecordedObject,
} from "./difference.ts";

/** Entries in the byte order of their keys, in pages. */
export type Pages<T> = AsyncIterable<readonly T[]>;

/** How far a comparison is. */
export interface Position {
  /** Objects and records so far. */
  objects: number;
  records: number;
  /** The last key that was compared, before the difference that was yielded; empty before the first. */
  key: string;
}

/**
 * Compares a listing of the bucket with the records of the catalog and yields the differences in the
 * byte order of their keys, in constant memory: a page of each. `position` is updated before each
 * difference.
 *
 * A record is a ghost only after the listing has passed its key or has ended. If either side throws, so
 * does this, and what was not compared is not reported. Throws a `ServiceError`
 * (`reconcile.unordered`) if a side is not in byte order: S3 lists directory buckets in no order (Amazon
 * S3 API Reference, ListObjectsV2).
 */
export async function* compare(
  listing: Pages<ListedObject>,
  catalog: Pages<RecordedObject>,
  position: Position,
): AsyncGenerator<Difference> {
  const objects = new Cursor("listing of the bucket", listing);
  const records = new Cursor("catalog", catalog);
  try {
    for (;;) {
      if (objects.isEmpty || records.isEmpty) await Promise.all([objects.fill(), records.fill()]);
      const order = orderOf(objects.head, records.head);
      const listed = order <= 0 ? objects.take() : undefined;
      const recorded = order >= 0 ? records.take() : undefined;
      const key = listed?.key ?? recorded?.key;
      if (key === undefined) return;
      position.objects += Number(listed !== undefined);
      position.records += Number(recorded !== undefined);
      const kind = differenceOf(listed, recorded);
      if (kind !== undefined) yield { kind, key, listed, recorded };
      position.key = key;
    }
  } finally {
    await Promise.all([objects.close(), records.close()]);
  }
}

/** Negative if the object comes first, positive if the record does, or if both sides have ended. */
function orderOf(
  object: { readonly key: string } | undefined,
  record: { readonly key: string } | undefined,
): number {
  if (object === undefined) return 1;
  if (record === undefined) return -1;
  return object.key === record.key ? 0 : compareBytes(object.key, record.key);
}

/** One side of the comparison. */
class Cursor<T extends { readonly key: string }> {
  readonly #name: string;
  readonly #pages: AsyncIterator<readonly T[]>;
  #page: readonly T[] = [];
  #index = 0;
  #ended = false;
  #last: string | undefined;

  constructor(name: string, pages: Pages<T>) {
    this.#name = name;
    this.#pages = pages[Symbol.asyncIterator]();
  }

  get isEmpty(): boolean {
    return !this.#ended && this.#index >= this.#page.length;
  }

  get head(): T | undefined {
    return this.#page[this.#index];
  }

  take(): T | undefined {
    return this.#page[this.#index++];
  }

  async fill(): Promise<void> {
    while (this.isEmpty) {
      const { done, value } = await this.#pages.next();
      this.#index = 0;
      this.#page = done ? [] : value;
      this.#ended = done === true;
      for (const { key } of this.#page) this.#check(key);
    }
  }

  async close(): Promise<void> {
    await this.#pages.return?.();
  }

  #check(key: string): void {
    if (this.#last !== undefined && compareBytes(this.#last, key) >= 0) {
      throw new ServiceError(
        "reconcile.unordered",
        `The ${this.#name} is not in the byte order of its keys, so it cannot be compared.`,
        { retry: false },
      );
    }
    this.#last = key;
  }
}
