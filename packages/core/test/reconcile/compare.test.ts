import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compareBytes } from "../../src/catalog/byte-order.ts";
import { parseStored } from "../../src/catalog/stored.ts";
import { compare } from "../../src/reconcile/compare.ts";
import { splitRange } from "../../src/reconcile/ranges/split.ts";
import type { Difference, ListedObject, RecordedObject } from "../../src/reconcile/difference.ts";

const TIME = "2026-11-26T10:00:00.000Z";

const listed = (key: string, etag = "e"): ListedObject => ({
  key,
  size: 1,
  etag,
  lastModified: TIME,
  storageClass: "STANDARD",
});

const recorded = (key: string, etag = "e", state = "present"): RecordedObject => ({
  key,
  stored: parseStored({
    state,
    sequencer: "0",
    event: { name: "ObjectCreated:Put", time: TIME },
    object: { size: 1, etag, lastModified: TIME, storageClass: "STANDARD" },
    ...(state === "unreadable" && { unreadable: { reason: "customer_key" } }),
  }),
});

async function* pages<T>(items: readonly T[], size: number): AsyncGenerator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

async function all(differences: AsyncIterable<Difference>) {
  const found: [string, string][] = [];
  for await (const { kind, key } of differences) found.push([kind, key]);
  return found;
}

const position = () => ({ objects: 0, records: 0, key: "" });

/** Keys that UTF-16 order, case or a delimiter would sort differently. */
const key = fc.oneof(
  fc.constantFrom(
    "a",
    "a/",
    "a/b",
    "a0",
    "A",
    "\u{1F600}",
    "\uFFFD",
    "\uE000",
    "\u0001",
    "a\u{10FFFF}",
  ),
  fc.string({ unit: "binary", minLength: 1, maxLength: 6 }),
);

describe("compare", () => {
  test("finds what a plain comparison finds, at every page size", async () => {
    const entry = fc.record({
      key,
      bucket: fc.constantFrom(undefined, "e", "f"),
      catalog: fc.constantFrom(undefined, "e", "unreadable"),
    });
    const worlds = fc.uniqueArray(entry, { selector: (one) => one.key, maxLength: 40 });
    const size = fc.integer({ min: 1, max: 7 });
    await fc.assert(
      fc.asyncProperty(worlds, size, size, async (world, a, b) => {
        const sorted = world.toSorted((x, y) => compareBytes(x.key, y.key));
        const objects = sorted.flatMap((one) =>
          one.bucket === undefined ? [] : [listed(one.key, one.bucket)],
        );
        const records = sorted.flatMap((one) => {
          if (one.catalog === undefined) return [];
          return [recorded(one.key, "e", one.catalog === "e" ? "present" : "unreadable")];
        });
        const expected = sorted.flatMap((one): [string, string][] => {
          if (one.bucket === undefined)
            return one.catalog === undefined ? [] : [["ghost", one.key]];
          if (one.catalog === undefined) return [["missing", one.key]];
          if (one.catalog === "unreadable") return [["unreadable", one.key]];
          return one.bucket === "e" ? [] : [["different", one.key]];
        });
        const at = position();
        const found = await all(compare(pages(objects, a), pages(records, b), at));
        expect(found).toEqual(expected);
        expect(at).toMatchObject({ objects: objects.length, records: records.length });
      }),
      { numRuns: 500 },
    );
  });

  test("finds the same in the parts of every split of its range", async () => {
    const side = fc.uniqueArray(key, { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        fc.integer({ min: 1, max: 8 }),
        async (inBucket, inCatalog, parts) => {
          const objects = inBucket.toSorted(compareBytes).map((one) => listed(one));
          const records = inCatalog.toSorted(compareBytes).map((one) => recorded(one));
          const whole = await all(compare(pages(objects, 3), pages(records, 2), position()));
          const firstKey = async (_: string, after: string) =>
            objects.find((one) => compareBytes(one.key, after) > 0)?.key;
          const found: [string, string][] = [];
          for (const { after, until } of await splitRange({ prefix: "" }, parts, firstKey)) {
            const within = <T extends { readonly key: string }>(items: readonly T[]) =>
              items.filter(
                (one) =>
                  (after === undefined || compareBytes(one.key, after) > 0) &&
                  (until === undefined || compareBytes(one.key, until) <= 0),
              );
            const part = compare(pages(within(objects), 3), pages(within(records), 2), position());
            found.push(...(await all(part)));
          }
          expect(found).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("reports no ghost after the key at which a listing failed", async () => {
    async function* broken(): AsyncGenerator<readonly ListedObject[]> {
      yield [listed("a"), listed("c")];
      throw new Error("cut off");
    }
    const records = ["a", "b", "d", "e"].map((name) => recorded(name));
    const found: string[] = [];
    const read = async () => {
      for await (const difference of compare(broken(), pages(records, 10), position())) {
        found.push(`${difference.kind} ${difference.key}`);
      }
    };
    await expect(read()).rejects.toThrow("cut off");
    expect(found).toEqual(["ghost b", "missing c"]);
  });

  test("rejects a listing that is not in byte order", async () => {
    const objects = [listed("b"), listed("a")];
    const read = all(compare(pages(objects, 1), pages<RecordedObject>([], 1), position()));
    await expect(read).rejects.toMatchObject({ code: "reconcile.unordered" });
  });
});
