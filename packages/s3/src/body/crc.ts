import { crc32 } from "node:zlib";

/** A reflected CRC whose initial value and final XOR are all ones, such as the three CRCs of S3. */
export interface CrcKind {
  readonly bits: 32 | 64;
  /** The polynomial, bit-reversed. */
  readonly polynomial: bigint;
}

export const CRC32: CrcKind = { bits: 32, polynomial: 0xedb88320n };
export const CRC32C: CrcKind = { bits: 32, polynomial: 0x82f63b78n };
export const CRC64NVME: CrcKind = { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n };

/** Computes a CRC as chunks arrive. `digest` is big-endian, as in S3's headers. */
export interface Crc {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

export function createCrc32(): Crc {
  let value = 0;
  return {
    update(chunk) {
      value = crc32(chunk, value);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    },
  };
}

export function createCrc32c(): Crc {
  return new SlicedCrc(tablesOf(CRC32C), 4);
}

export function createCrc64nvme(): Crc {
  return new SlicedCrc(tablesOf(CRC64NVME), 8);
}

/** The high and low halves of the remainder of each byte value at each of 8 byte positions. */
interface Tables {
  readonly high: readonly Int32Array[];
  readonly low: readonly Int32Array[];
}

const cache = new Map<CrcKind, Tables>();

function tablesOf(kind: CrcKind): Tables {
  const cached = cache.get(kind);
  if (cached) return cached;
  const tables = buildTables(kind.polynomial);
  cache.set(kind, tables);
  return tables;
}

function buildTables(polynomial: bigint): Tables {
  const high = Array.from({ length: 8 }, () => new Int32Array(256));
  const low = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte);
    for (let position = 0; position < 8; position++) {
      for (let bit = 0; bit < 8; bit++)
        value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
      set(high, position, byte, value >> 32n);
      set(low, position, byte, value & 0xffffffffn);
    }
  }
  return { high, low };
}

function set(tables: readonly Int32Array[], position: number, byte: number, value: bigint): void {
  const table = tables[position];
  if (table) table[byte] = Number(BigInt.asIntN(32, value));
}

/** "Slicing by 8" on a 64-bit register in two halves. A 32-bit CRC does not use the high half. */
class SlicedCrc implements Crc {
  readonly #tables: Tables;
  readonly #bytes: 4 | 8;
  #high: number;
  #low = -1;

  constructor(tables: Tables, bytes: 4 | 8) {
    this.#tables = tables;
    this.#bytes = bytes;
    this.#high = bytes === 8 ? -1 : 0;
  }

  update(chunk: Uint8Array): void {
    [this.#high, this.#low] = advance(this.#tables, chunk, this.#high, this.#low);
  }

  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeInt32BE(~this.#high, 0);
    bytes.writeInt32BE(~this.#low, 4);
    return bytes.subarray(8 - this.#bytes);
  }
}

const NONE = new Int32Array(256);

function advance(
  { high, low }: Tables,
  chunk: Uint8Array,
  startHigh: number,
  startLow: number,
): [number, number] {
  const [h0 = NONE, h1 = NONE, h2 = NONE, h3 = NONE, h4 = NONE, h5 = NONE, h6 = NONE, h7 = NONE] =
    high;
  const [l0 = NONE, l1 = NONE, l2 = NONE, l3 = NONE, l4 = NONE, l5 = NONE, l6 = NONE, l7 = NONE] =
    low;
  const at = (table: Int32Array, index: number): number => table[index] ?? 0;
  const byte = (index: number): number => chunk[index] ?? 0;
  let h = startHigh;
  let l = startLow;
  let index = 0;
  for (const whole = chunk.length - 7; index < whole; index += 8) {
    const a =
      l ^
      (byte(index) | (byte(index + 1) << 8) | (byte(index + 2) << 16) | (byte(index + 3) << 24));
    const b =
      h ^
      (byte(index + 4) |
        (byte(index + 5) << 8) |
        (byte(index + 6) << 16) |
        (byte(index + 7) << 24));
    const a0 = a & 255;
    const a1 = (a >>> 8) & 255;
    const a2 = (a >>> 16) & 255;
    const a3 = a >>> 24;
    const b0 = b & 255;
    const b1 = (b >>> 8) & 255;
    const b2 = (b >>> 16) & 255;
    const b3 = b >>> 24;
    h =
      at(h7, a0) ^
      at(h6, a1) ^
      at(h5, a2) ^
      at(h4, a3) ^
      at(h3, b0) ^
      at(h2, b1) ^
      at(h1, b2) ^
      at(h0, b3);
    l =
      at(l7, a0) ^
      at(l6, a1) ^
      at(l5, a2) ^
      at(l4, a3) ^
      at(l3, b0) ^
      at(l2, b1) ^
      at(l1, b2) ^
      at(l0, b3);
  }
  for (; index < chunk.length; index++) {
    const entry = (l ^ byte(index)) & 255;
    l = ((l >>> 8) | (h << 24)) ^ at(l0, entry);
    h = (h >>> 8) ^ at(h0, entry);
  }
  return [h, l];
}

/**
 * Computes the CRC of two concatenated byte strings from the CRC of each and the length of the
 * second: `first * x^(8 * length) + second`, modulo the polynomial.
 */
export function combineCrc(kind: CrcKind, first: Buffer, second: Buffer, length: number): Buffer {
  const shifted = multiply(kind, fromBytes(first), power(kind, BigInt(length) * 8n));
  return toBytes(kind, shifted ^ fromBytes(second));
}

/** Returns the product of two reflected polynomials, whose highest bit is x^0. */
function multiply(kind: CrcKind, a: bigint, b: bigint): bigint {
  let product = 0n;
  let factor = b;
  for (let bit = BigInt(kind.bits - 1); bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ kind.polynomial : factor >> 1n;
  }
  return product;
}

/** Returns x^exponent, modulo the polynomial. */
function power(kind: CrcKind, exponent: bigint): bigint {
  const one = 1n << BigInt(kind.bits - 1);
  let result = one;
  let base = one >> 1n;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(kind, result, base);
    base = multiply(kind, base, base);
  }
  return result;
}

function fromBytes(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex")}`);
}

function toBytes(kind: CrcKind, value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(kind.bits / 4, "0"), "hex");
}
