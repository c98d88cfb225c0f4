import { createHash } from "node:crypto";

import type { Json } from "../json.ts";

/** The sources of the functions that are not pure. */
export interface Sources {
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
  /** Returns a number from 0 to below 1. */
  readonly random: () => number;
  /** Returns a version 4 UUID. */
  readonly uuid: () => string;
}

/** The algorithms of `$hash`, by the names of the developer guide. */
const HASHES = new Map([
  ["MD5", "md5"],
  ["SHA-1", "sha1"],
  ["SHA-256", "sha256"],
  ["SHA-384", "sha384"],
  ["SHA-512", "sha512"],
]);

/** The number of items that `$range` can return, as States.ArrayRange. */
const MAX_RANGE = 1000;

function integer(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  throw new Error(`${name} must be an integer, but was: ${JSON.stringify(value)}`);
}

function partition(array: unknown, size: unknown): unknown[][] | undefined {
  if (array === undefined) return undefined;
  const length = integer(size, "The chunk size");
  if (length < 1) throw new Error("The chunk size must be greater than 0.");
  const items: unknown[] = Array.isArray(array) ? array : [array];
  return Array.from({ length: Math.ceil(items.length / length) }, (_, index) =>
    items.slice(index * length, (index + 1) * length),
  );
}

function range(first: unknown, last: unknown, delta: unknown): number[] {
  const start = integer(first, "The start of the range");
  const end = integer(last, "The end of the range");
  const step = integer(delta, "The step of the range");
  if (step === 0) throw new Error("The step of the range must not be 0.");
  const length = Math.max(0, Math.floor((end - start) / step) + 1);
  if (length > MAX_RANGE) throw new Error(`A range cannot have more than ${MAX_RANGE} items.`);
  return Array.from({ length }, (_, index) => start + index * step);
}

function hash(data: unknown, algorithm: unknown): string | undefined {
  if (data === undefined) return undefined;
  const name = HASHES.get(String(algorithm));
  if (name === undefined) {
    throw new Error(`The hash algorithm must be one of ${[...HASHES.keys()].join(", ")}.`);
  }
  if (typeof data !== "string") throw new Error("The data to hash must be a string.");
  return createHash(name).update(data).digest("hex");
}

function parse(text: unknown): Json | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== "string") throw new Error("The text to parse must be a string.");
  return JSON.parse(text) as Json;
}

/** Returns the same number from 0 to below 1 for the same seed (mulberry32). */
function seeded(seed: number): number {
  let state = (Math.trunc(seed) + 0x6d2b79f5) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32;
}

/**
 * Returns the functions that Step Functions adds to JSONata, by name: "Transforming data with JSONata
 * in Step Functions" in the developer guide. `$eval` is not supported there. `$now` without arguments
 * and `$millis` use the injected clock.
 */
export function awsFunctions({ now, random, uuid }: Sources) {
  return {
    partition,
    range,
    hash,
    random: (seed?: unknown) => (seed === undefined ? random() : seeded(Number(seed))),
    uuid: () => uuid(),
    parse,
    eval: undefined,
    millis: () => now(),
  };
}
