import type { Item, Operation, Release, Store, Table } from "dynalite";

import type { Clock } from "../../ground/clock.ts";
import { promised } from "./streams/store.ts";

/** How often expired items are deleted. On AWS it takes up to days. */
const SWEEP_EVERY_MS = 2000;

/** Deletes at most so many items of a table at once. */
const SWEEP_BATCH = 100;

/** DynamoDB does not delete items that expired longer ago (DynamoDB Developer Guide, "Using TTL"). */
const MAX_AGE_SECONDS = 5 * 365 * 24 * 60 * 60;

/** Digits of a time in seconds in a key. Times with more digits never come. */
const DIGITS = 12;

/**
 * Deletes expired items, in tables with Time to Live. The times are entries of the database that change
 * in one batch with their items, so that a search for expired items reads no others.
 */
export class TimeToLive {
  readonly #clock: Clock;
  readonly #store: () => Store;
  readonly #onError: (error: unknown) => void;
  /** The attribute with the time, by the name of the table. */
  readonly #attributes = new Map<string, string>();
  #cancel: (() => void) | undefined;
  #sweeping = Promise.resolve();
  #isClosed = false;

  /** `onError` is called with an error of the background work, which is tried again later. */
  constructor(clock: Clock, store: () => Store, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#store = store;
    this.#onError = onError;
  }

  /** Returns the attribute of a table with Time to Live. */
  attributeOf(table: string): string | undefined {
    return this.#attributes.get(table);
  }

  /** Turns Time to Live of a table on, also for items that exist, or off. */
  async set(table: string, attribute: string | undefined): Promise<void> {
    const store = this.#store();
    const marker = `ttl-of-${table}`;
    const before = await stored(store, marker);
    if (attribute !== undefined) this.#attributes.set(table, attribute);
    if (before !== attribute) {
      await removeAll(store, prefixOf(table));
      if (attribute !== undefined) await this.#addAll(table, attribute);
      // Last, so that this starts again if it is killed before.
      await store.db.batch([
        attribute === undefined
          ? { type: "del", key: marker }
          : { type: "put", key: marker, value: attribute },
      ]);
    }
    if (attribute !== undefined) this.#cancel ??= this.#clock.after(0, () => this.#sweepLater());
  }

  /** Returns the operations that keep the entries of an item up to date. */
  capture(
    { TableName }: Table,
    key: string,
    before: Item | undefined,
    after: Item | null | undefined,
  ): Operation[] {
    const attribute = this.#attributes.get(TableName);
    if (attribute === undefined) return [];
    const [old, current] = [expiryOf(before, attribute), expiryOf(after, attribute)];
    if (old === current) return [];
    return [
      ...(old === undefined ? [] : [{ type: "del", key: entryOf(TableName, old, key) } as const]),
      ...(current === undefined
        ? []
        : [{ type: "put", key: entryOf(TableName, current, key), value: key } as const]),
    ];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#sweeping;
  }

  async #addAll(table: string, attribute: string): Promise<void> {
    const store = this.#store();
    const { prefix } = store.getItemDb(table);
    for await (const [key, value] of store.db.iterator(rangeOf(prefix))) {
      const expiry = expiryOf(value as Item, attribute);
      if (expiry === undefined) continue;
      const item = key.slice(prefix.length);
      await store.db.batch([{ type: "put", key: entryOf(table, expiry, item), value: item }]);
    }
  }

  #sweepLater(): void {
    this.#sweeping = this.#sweeping
      .then(() => this.#sweep())
      .catch((error: unknown) => this.#onError(error));
    this.#cancel = this.#clock.after(SWEEP_EVERY_MS, () => this.#sweepLater());
  }

  async #sweep(): Promise<void> {
    for (const name of this.#attributes.keys()) {
      while (!this.#isClosed && (await this.#sweepBatch(name)) === SWEEP_BATCH);
    }
  }

  async #sweepBatch(name: string): Promise<number> {
    const store = this.#store();
    const now = Math.floor(this.#clock.now().getTime() / 1000);
    const range = {
      gte: entryOf(name, Math.max(0, now - MAX_AGE_SECONDS), ""),
      lt: entryOf(name, now, ""),
      limit: SWEEP_BATCH,
    };
    const entries: [entry: string, key: string][] = [];
    for await (const [entry, key] of store.db.iterator(range)) entries.push([entry, key as string]);
    if (entries.length === 0) return 0;
    const table = await promised<Table>((callback) => store.getTable(name, false, callback));
    if (table === undefined) return 0;
    for (const [entry, key] of entries) await this.#expire(table, entry, key);
    return entries.length;
  }

  /** Deletes an item, and the entry with it, unless the item has changed since it was found. */
  async #expire(table: Table, entry: string, key: string): Promise<void> {
    const store = this.#store();
    const { TableName } = table;
    const items = store.getItemDb(TableName);
    const attribute = this.#attributes.get(TableName) ?? "";
    const release = await new Promise<Release>((resolve) => items.lock(key, resolve));
    try {
      const item = await promised<Item>((callback) => items.get(key, callback));
      const expiry = expiryOf(item, attribute);
      if (item && expiry !== undefined && entryOf(TableName, expiry, key) === entry) {
        await promised((callback) => store.writeItem(store, table, item, null, callback, "ttl"));
      } else {
        // The table was deleted and created again, or the item has changed.
        await store.db.batch([{ type: "del", key: entry }]);
      }
    } finally {
      release(() => undefined)();
    }
  }
}

/** Returns the time of an item in seconds, or undefined if it does not expire. */
function expiryOf(item: Item | null | undefined, attribute: string): number | undefined {
  const value = item && Object.hasOwn(item, attribute) ? item[attribute]?.["N"] : undefined;
  const seconds = typeof value === "string" ? Math.floor(Number(value)) : Number.NaN;
  return seconds >= 0 && seconds < 10 ** DIGITS ? seconds : undefined;
}

const prefixOf = (table: string): string => `ttl-${table}~`;

const entryOf = (table: string, seconds: number, key: string): string =>
  `${prefixOf(table)}${String(seconds).padStart(DIGITS, "0")}~${key}`;

const rangeOf = (prefix: string) => ({ gte: prefix, lt: `${prefix}\u{FF}` });

async function stored(store: Store, key: string): Promise<unknown> {
  const range = { gte: key, lt: `${key}\u{0}` };
  for await (const [, value] of store.db.iterator(range)) return value;
  return undefined;
}

async function removeAll(store: Store, prefix: string): Promise<void> {
  for await (const [key] of store.db.iterator(rangeOf(prefix))) {
    await store.db.batch([{ type: "del", key }]);
  }
}
