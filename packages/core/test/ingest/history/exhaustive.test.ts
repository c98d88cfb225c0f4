import { expect, test } from "vitest";

import { recordKey } from "../../../src/catalog/keys.ts";
import { planWrite } from "../../../src/catalog/plan.ts";
import { parseStored } from "../../../src/catalog/stored.ts";
import type { Ports } from "../../../src/ingest/apply.ts";
import { ingestBatch } from "../../../src/ingest/batch.ts";
import { type Item, Table } from "../../catalog/table.ts";
import { differenceOf } from "./difference.ts";
import { messageOf } from "./message.ts";
import { type Behavior, BUCKET, iso, KEY, S3Key, type Upload } from "./s3-key.ts";

/** Events of a history; five take more than a minute. */
const MAX_EVENTS = Number(process.env["WAYBILL_MODEL_EVENTS"] ?? 3);

/** Events of a history of which also every order of operations and deliveries is explored. */
const MAX_INTERLEAVED = 3;

const OPERATIONS = ["put", "delete", "start", "complete", "remove", "expire", "change"] as const;
type Operation = (typeof OPERATIONS)[number];

const DAY = 86_400_000;
const START = Date.UTC(2026, 2, 1, 12);
const SCOPE = { bucket: BUCKET, tags: false };
const NEVER = new AbortController().signal;

/** A key after some operations. */
interface Moment {
  readonly s3: S3Key;
  readonly uploads: readonly Upload[];
}

/** Performs operations on a new key; undefined if one of them has no effect. */
function replay(behavior: Behavior, operations: readonly Operation[], pace: number) {
  const s3 = new S3Key(behavior);
  const uploads: Upload[] = [];
  for (const [step, operation] of operations.entries()) {
    const now = START + (step + 1) * pace;
    const before = s3.events.length;
    if (operation === "put") s3.put(now);
    else if (operation === "delete") s3.delete(now);
    else if (operation === "remove") s3.removeVersion(0, now);
    else if (operation === "change") s3.change(now);
    // See `Simulation` about an expiration during an upload.
    else if (operation === "expire" && uploads.length === 0) s3.expire(false, now);
    else if (operation === "start" && uploads.length === 0) uploads.push(s3.start(now));
    else if (operation === "complete") {
      const upload = uploads.pop();
      if (upload) s3.complete(upload, now);
    }
    const isOpen = operation === "start" && uploads.length === 1;
    if (s3.events.length === before && !isOpen) return undefined;
  }
  return { s3, uploads };
}

/** All histories of up to five events that leave no upload open. */
function* histories(behavior: Behavior, done: readonly Operation[] = []): Generator<Operation[]> {
  for (const operation of OPERATIONS) {
    const operations = [...done, operation];
    const moment = replay(behavior, operations, 1000);
    if (moment === undefined || moment.s3.events.length > MAX_EVENTS) continue;
    if (operations.filter((each) => each === "start").length > 1) continue;
    if (moment.uploads.length === 0) yield operations;
    if (moment.s3.events.length < MAX_EVENTS) yield* histories(behavior, operations);
  }
}

/** A state of the whole: operations done, events delivered (bits), and the record. */
interface State {
  readonly step: number;
  readonly delivered: number;
  readonly item: Item | undefined;
  /** When the last event was delivered. */
  readonly now: number;
}

/** Explores every order of the operations and of the deliveries of their events, each any number of times. */
class Exploration {
  readonly ends: string[] = [];
  #revs = 0;
  readonly #moments: readonly Moment[];
  readonly #pace: number;
  readonly #seen = new Set<string>();
  readonly #next = new Map<string, Promise<Item | undefined>>();

  constructor(behavior: Behavior, operations: readonly Operation[], pace: number) {
    this.#pace = pace;
    this.#moments = Array.from({ length: operations.length + 1 }, (_, step) => {
      const moment = replay(behavior, operations.slice(0, step), pace);
      if (moment === undefined) throw new Error("an operation has no effect");
      return moment;
    });
  }

  async explore(state: State): Promise<void> {
    const id = `${state.step} ${state.delivered} ${this.#idOf(state.item)}`;
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    const { step, delivered } = state;
    const events = this.#moments[step]?.s3.events ?? [];
    const isLast = step === this.#moments.length - 1;
    if (isLast && delivered === 2 ** events.length - 1) this.#check(state);
    if (!isLast) await this.explore({ ...state, step: step + 1 });
    for (const index of events.keys()) {
      const now = Math.max(START + step * this.#pace, state.now) + 10_000;
      const item = await this.#deliver(state, index, this.#pace > 1000 ? now : START);
      await this.explore({ step, delivered: delivered | (1 << index), item, now });
    }
  }

  /** The record after an event; the same for records that differ only in the exact time of their read. */
  #deliver(state: State, index: number, now: number): Promise<Item | undefined> {
    const id = `${state.step} ${index} ${this.#idOf(state.item)}`;
    let next = this.#next.get(id);
    if (next === undefined) {
      next = this.#handle(state, index, now);
      this.#next.set(id, next);
    }
    return next;
  }

  async #handle({ step, item }: State, index: number, now: number): Promise<Item | undefined> {
    const s3 = this.#moments[step]?.s3;
    const event = s3?.events[index];
    if (s3 === undefined || event === undefined) throw new Error("there is no such event");
    const table = tableOf(item);
    const ports: Ports = {
      newRev: () => `r${++this.#revs}`,
      readObject: async () => ({ answer: s3.read(false), readAt: iso(now), clockSkew: false }),
      writeRecord: async (write) => {
        const { written, old } = table.update(planWrite(write));
        return written ? { written } : { written, stored: old && parseStored(old) };
      },
    };
    const message = { messageId: "m", body: messageOf(event) };
    const failed = await ingestBatch([message], SCOPE, ports, () => {}, NEVER);
    if (failed.length > 0) throw new Error("an event failed");
    return table.item({ Key: recordKey(BUCKET, KEY) });
  }

  #check({ step, item }: State): void {
    const s3 = this.#moments[step]?.s3;
    const difference = s3 && differenceOf(tableOf(item), s3, true);
    this.ends.push(difference ?? "right");
  }

  /** The record without what differs from read to read. */
  #idOf(item: Item | undefined): string {
    if (item === undefined) return "";
    const { rev: _, readAt, firstIndexedAt: __, expiresAt: ___, ...rest } = item;
    const read = Math.floor((Date.parse(String(readAt)) - START) / this.#pace);
    return JSON.stringify([rest, read]);
  }
}

function tableOf(item: Item | undefined): Table {
  const table = new Table();
  if (item !== undefined) table.put(item);
  return table;
}

/** An upload has two operations and one event. */
function isInterleaved(operations: readonly Operation[]): boolean {
  return operations.filter((operation) => operation !== "start").length <= MAX_INTERLEAVED;
}

const versioned = { versioned: true, supersededUploads: "hidden" } as const;
const unversioned = { versioned: false, removalSequencer: "own" } as const;

test.each<[string, Behavior, Operation | undefined]>([
  ["with versions", { ...versioned, removalSequencer: "own" }, undefined],
  [
    "with versions, removals as their version",
    { ...versioned, removalSequencer: "removed version" },
    "remove",
  ],
  ["without versions", { ...unversioned, supersededUploads: "hidden" }, undefined],
  [
    "without versions, overtaken uploads seen",
    { ...unversioned, supersededUploads: "visible" },
    "start",
  ],
])(
  "every order of up to five events, each delivered any number of times, ends right: %s",
  { timeout: 900_000 },
  async (_, behavior, needed) => {
    const wrong: string[] = [];
    let count = 0;
    let ends = 0;
    for (const operations of histories(behavior)) {
      // The other histories are the same as without this behavior.
      if (needed !== undefined && !operations.includes(needed)) continue;
      count += 1;
      // A month between operations, longer than all deliveries take, or everything in one moment.
      for (const pace of [30 * DAY, 1]) {
        const exploration = new Exploration(behavior, operations, pace);
        const step = isInterleaved(operations) ? 0 : operations.length;
        await exploration.explore({ step, delivered: 0, item: undefined, now: START });
        ends += exploration.ends.length;
        const failed = exploration.ends.filter((end) => end !== "right");
        wrong.push(...failed.map((end) => `${operations.join()}: ${end}`));
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(ends).toBeGreaterThanOrEqual(2 * count);
    expect(count).toBeGreaterThan(MAX_EVENTS ** 2);
  },
);
