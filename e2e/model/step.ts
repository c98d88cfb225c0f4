import * as fc from "fast-check";

import type { Versioning } from "./bucket.ts";

/** The keys of a history, by index: few, so that each has many events, and with characters that break naive code. */
export const KEYS = ["plain.txt", "/ä b+c%2F&d//日本語 🚀\n/", `longer${"é".repeat(509)}`] as const;

/** The contents of objects, by index. Keys share them, so that there are duplicates. */
export const TEXTS = ["", "a", "the same", "something longer than the others"] as const;

/** A change of the bucket, or a delivery of messages that it has sent. */
export type Step =
  | { readonly do: "put"; readonly key: number; readonly text: number; readonly as: PutAs }
  | { readonly do: "copy"; readonly from: number; readonly to: number }
  | { readonly do: "multipart"; readonly key: number; readonly text: number }
  | { readonly do: "delete"; readonly key: number }
  /** `nth` counts from the newest version, modulo the number of versions. */
  | { readonly do: "deleteVersion"; readonly key: number; readonly nth: number }
  | { readonly do: "deleteMany"; readonly keys: readonly number[]; readonly versions: boolean }
  | { readonly do: "versioning"; readonly status: "Enabled" | "Suspended" }
  | { readonly do: "expire"; readonly key: number }
  | { readonly do: "transition"; readonly key: number; readonly archive: boolean }
  | { readonly do: "restore"; readonly key: number }
  | { readonly do: "tag"; readonly key: number }
  /** Delivers some of the waiting messages to the function; with `hurry`, shortly before the deadline. */
  | { readonly do: "deliver"; readonly share: number; readonly hurry: boolean };

export type PutAs = "plain" | "described" | "archived" | "customerKey";

/** A history of a bucket. */
export interface History {
  readonly start: Versioning;
  /** The sequencer of removing a version by its id, which AWS does not document. */
  readonly removalSequencer: "own" | "removed-version";
  readonly steps: readonly Step[];
  /** Determines how messages are duplicated, reordered and batched. */
  readonly seed: number;
}

const key = fc.nat({ max: KEYS.length - 1 });
const text = fc.nat({ max: TEXTS.length - 1 });

function as<K extends Step["do"]>(name: K): fc.Arbitrary<K> {
  return fc.constant(name);
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: as("put"),
      key,
      text,
      as: fc.oneof(
        { weight: 6, arbitrary: fc.constant<PutAs>("plain") },
        { weight: 2, arbitrary: fc.constantFrom<PutAs>("described", "archived", "customerKey") },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: as("copy"), from: key, to: key }) },
  { weight: 1, arbitrary: fc.record({ do: as("multipart"), key, text }) },
  { weight: 4, arbitrary: fc.record({ do: as("delete"), key }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: as("deleteVersion"), key, nth: fc.nat({ max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: as("deleteMany"),
      keys: fc.uniqueArray(key, { minLength: 1 }),
      versions: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: as("versioning"),
      status: fc.constantFrom("Enabled" as const, "Suspended" as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: as("expire"), key }) },
  { weight: 2, arbitrary: fc.record({ do: as("transition"), key, archive: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: as("restore"), key }) },
  { weight: 1, arbitrary: fc.record({ do: as("tag"), key }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: as("deliver"),
      share: fc.double({ min: 0.1, max: 1, noNaN: true }),
      hurry: fc.boolean(),
    }),
  },
);

/** Generates histories of up to `maxLength` steps. */
export const histories = (maxLength: number): fc.Arbitrary<History> =>
  fc.record({
    start: fc.constantFrom<Versioning>("Unversioned", "Enabled", "Suspended"),
    removalSequencer: fc.constantFrom("own" as const, "removed-version" as const),
    steps: fc.array(step, { minLength: 1, maxLength, size: "max" }),
    seed: fc.nat(),
  });
