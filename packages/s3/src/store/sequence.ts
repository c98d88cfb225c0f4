import type { StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { randomName } from "../random.ts";
import { integer, type Sqlite } from "@waybill/sqlite";

const PER_SECOND = 2 ** 20;

/**
 * Numbers the changes of a store: `seconds * 2^20 + counter`, strictly increasing. The seconds
 * follow the clock but never go back. After a restart they begin above all that were used before.
 * The number orders versions, uploads and the sequencers of events.
 */
export class Sequence {
  readonly #clock: () => Date;
  readonly #save: StatementSync;
  #second: number;
  #counter = 0;

  constructor(database: Sqlite, clock: () => Date) {
    this.#clock = clock;
    this.#save = database.prepare(
      "INSERT INTO state (name, value) VALUES ('second', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    );
    const row = database.prepare("SELECT value FROM state WHERE name = 'second'").get();
    this.#second = row ? integer(row, "value") + 1 : 0;
    if (row) this.#save.run(this.#second);
  }

  /**
   * Must run before each transaction that calls `next`, and outside of it, so that no rollback
   * reverts it.
   */
  prepare(): void {
    const now = Math.floor(this.#clock().getTime() / 1000);
    const full = this.#counter > PER_SECOND / 2;
    if (now <= this.#second && !full) return;
    this.#second = Math.max(now, this.#second + 1);
    this.#counter = 0;
    this.#save.run(this.#second);
  }

  next(): number {
    if (this.#counter >= PER_SECOND)
      throw new Error("One transaction used all sequence numbers of its second.");
    return this.#second * PER_SECOND + this.#counter++;
  }
}

/**
 * Returns the `sequencer` of an event record in S3's form: "00", the Unix time in 8 hex digits, and
 * a counter in 8
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
 */
export function sequencer(id: number): string {
  const second = Math.floor(id / PER_SECOND);
  return `00${hex(second)}${hex(id % PER_SECOND)}`;
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, "0");
}

const RANDOM_BYTES = 12;
const ID_BYTES = 8;
const CHECKED_BYTES = RANDOM_BYTES + ID_BYTES;
const CHECK_BYTES = 4;

/**
 * Encodes a sequence number as an opaque, unique id of 32 characters, such as a version id of S3.
 */
export function token(id: number): string {
  const bytes = Buffer.concat([randomName(RANDOM_BYTES), Buffer.alloc(ID_BYTES + CHECK_BYTES)]);
  bytes.writeBigUInt64BE(BigInt(id) ^ bytes.readBigUInt64BE(0), RANDOM_BYTES);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  return bytes.toString("base64").replaceAll("+", ".").replaceAll("/", "_");
}

const TOKEN = /^[A-Za-z0-9._]{32}$/;

/** Decodes an id from `token`. Returns undefined for any other text. */
export function tokenId(text: string): number | undefined {
  if (!TOKEN.test(text)) return undefined;
  const bytes = Buffer.from(text.replaceAll(".", "+").replaceAll("_", "/"), "base64");
  const check = crc32(bytes.subarray(0, CHECKED_BYTES));
  if (bytes.readUInt32BE(CHECKED_BYTES) !== check) return undefined;
  const id = bytes.readBigUInt64BE(RANDOM_BYTES) ^ bytes.readBigUInt64BE(0);
  return id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : undefined;
}
