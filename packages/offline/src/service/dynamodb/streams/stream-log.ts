import type { Item, Operation, Store, Table } from "dynalite";

import type { Clock } from "../../../ground/clock.ts";
import { type Change, changeOf, type Origin } from "./change.ts";

/** "All data in DynamoDB Streams is subject to a 24-hour lifetime." (DynamoDB Developer Guide) */
export const RETENTION_MS = 24 * 60 * 60 * 1000;

/** How often records that have expired are deleted. */
const TRIM_EVERY_MS = 60_000;

/** Deletes at most so many records at once, so that other writes do not wait for long. */
const TRIM_BATCH = 1000;

/** The positions of one stream. A position is the number of a record; the first record has 1. */
interface State {
  /** The position of the latest record. */
  last: number;
  /** The position of the latest record that has expired. */
  trimmed: number;
  /** The positions of records that are being written. */
  readonly writing: Set<number>;
}

export interface StoredRecord {
  position: number;
  change: Change;
}

/**
 * The records of all streams. They are in the same database as the tables, and a record is written in
 * the batch that changes its item. So after a crash, there is a record exactly for each change that
 * there is.
 *
 * The writes of one item follow each other, because dynalite locks it. Writes of different items overlap,
 * and can end in another order than that of their positions. A reader therefore sees a record only when
 * none before it is still being written.
 */
export class StreamLog {
  readonly #clock: Clock;
  readonly #states = new Map<string, State>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #store: () => Store;
  readonly #onError: (error: unknown) => void;
  #cancelTrim: (() => void) | undefined;
  #trimming = Promise.resolve();

  /** `onError` is called with an error of the background work, which is tried again later. */
  constructor(clock: Clock, store: () => Store, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#store = store;
    this.#onError = onError;
  }

  /** Reads the positions of a stream. A stream that is not new must be opened before it is used. */
  async open(streamArn: string): Promise<void> {
    if (this.#states.has(streamArn)) return;
    const store = this.#store();
    const prefix = prefixOf(streamArn);
    const state: State = { last: 0, trimmed: 0, writing: new Set() };
    for await (const [, value] of store.db.iterator(rangeOf(`${prefix}trimmed`))) {
      state.trimmed = value as number;
    }
    const latest = { ...rangeOf(`${prefix}record~`), reverse: true, limit: 1 };
    for await (const [key] of store.db.iterator(latest)) state.last = Number(key.slice(-DIGITS));
    state.last = Math.max(state.last, state.trimmed);
    this.#add(streamArn, state);
  }

  /** Returns the operations that write the record of a change, if the table has a stream. */
  capture(
    table: Table,
    before: Item | undefined,
    after: Item | null | undefined,
    origin: Origin,
  ): { operations: Operation[]; done: () => void } | undefined {
    const streamArn = table.LatestStreamArn;
    if (streamArn === undefined || table.StreamSpecification?.StreamEnabled !== true) {
      return undefined;
    }
    const at = this.#clock.now().getTime();
    const change = changeOf(table, before, after ?? undefined, at, origin);
    if (change === undefined) return undefined;
    const state = this.#stateOf(streamArn);
    const position = (state.last += 1);
    state.writing.add(position);
    return {
      operations: [{ type: "put", key: keyOf(streamArn, position), value: change }],
      done: () => {
        state.writing.delete(position);
        for (const listener of this.#listeners.get(streamArn) ?? []) listener();
      },
    };
  }

  /** Returns the position of the latest record that can be read. */
  latest(streamArn: string): number {
    const { last, writing } = this.#stateOf(streamArn);
    return writing.size === 0 ? last : Math.min(...writing) - 1;
  }

  /** Returns the position of the latest record that has expired. */
  trimmed(streamArn: string): number {
    return this.#stateOf(streamArn).trimmed;
  }

  /** Returns the records after a position, in order. */
  async read(streamArn: string, after: number, limit: number): Promise<StoredRecord[]> {
    const records: StoredRecord[] = [];
    const range = {
      gte: keyOf(streamArn, after + 1),
      lt: keyOf(streamArn, this.latest(streamArn) + 1),
      limit,
    };
    if (range.gte >= range.lt) return records;
    for await (const [key, value] of this.#store().db.iterator(range)) {
      records.push({ position: Number(key.slice(-DIGITS)), change: value as Change });
    }
    return records;
  }

  /** Calls `listener` after each new record. Returns a function that ends it. */
  listen(streamArn: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(streamArn) ?? new Set();
    this.#listeners.set(streamArn, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Ends the deletion of expired records. */
  async close(): Promise<void> {
    this.#cancelTrim?.();
    await this.#trimming;
  }

  #stateOf(streamArn: string): State {
    const found = this.#states.get(streamArn);
    if (found) return found;
    return this.#add(streamArn, { last: 0, trimmed: 0, writing: new Set() });
  }

  #add(streamArn: string, state: State): State {
    this.#states.set(streamArn, state);
    this.#cancelTrim ??= this.#clock.after(0, () => this.#trimLater());
    return state;
  }

  #trimLater(): void {
    this.#trimming = this.#trimming
      .then(() => this.#trim())
      .catch((error: unknown) => this.#onError(error));
    this.#cancelTrim = this.#clock.after(TRIM_EVERY_MS, () => this.#trimLater());
  }

  async #trim(): Promise<void> {
    for (const streamArn of this.#states.keys()) {
      while ((await this.#trimBatch(streamArn)) === TRIM_BATCH);
    }
  }

  async #trimBatch(streamArn: string): Promise<number> {
    const state = this.#stateOf(streamArn);
    const expired = this.#clock.now().getTime() - RETENTION_MS;
    const found = await this.read(streamArn, state.trimmed, TRIM_BATCH);
    const kept = found.findIndex(({ change }) => change.at > expired);
    const old = kept === -1 ? found : found.slice(0, kept);
    const last = old.at(-1)?.position;
    if (last === undefined) return 0;
    // Kept, so that positions are not used twice when all records have expired.
    const trimmed: Operation = { type: "put", key: `${prefixOf(streamArn)}trimmed`, value: last };
    const deletions = old.map(({ position }): Operation => ({
      type: "del",
      key: keyOf(streamArn, position),
    }));
    await this.#store().db.batch([...deletions, trimmed]);
    state.trimmed = last;
    return old.length;
  }
}

const DIGITS = 16;

/** The ARN of a stream is `arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label>`. */
function prefixOf(streamArn: string): string {
  const [, table = "", , label = ""] = streamArn.split("/");
  return `stream-${table}~${label}~`;
}

const keyOf = (streamArn: string, position: number): string =>
  `${prefixOf(streamArn)}record~${String(position).padStart(DIGITS, "0")}`;

const rangeOf = (prefix: string) => ({ gte: prefix, lt: `${prefix}\u{FF}` });
