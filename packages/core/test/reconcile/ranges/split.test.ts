import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compareBytes } from "../../../src/catalog/byte-order.ts";
import type { KeyRange } from "../../../src/reconcile/range.ts";
import { midpoint } from "../../../src/reconcile/ranges/midpoint.ts";
import { splitRange } from "../../../src/reconcile/ranges/split.ts";

const text = fc.string({ unit: "grapheme", maxLength: 6 });
const key = fc
  .oneof(text, fc.constantFrom("logs/2026/11/", "a", "ab", "\u{10ffff}", "\u{d7ff}", "~"))
  .chain((start) => text.map((end) => start + end));

test("the midpoint of two texts is between them in byte order", () => {
  fc.assert(
    fc.property(key, fc.option(key, { nil: undefined }), (low, high) => {
      fc.pre(high === undefined || compareBytes(low, high) < 0);
      const middle = midpoint(low, high);
      if (middle === undefined) return;
      expect(middle.isWellFormed()).toBe(true);
      expect(compareBytes(low, middle)).toBeLessThan(0);
      expect(high === undefined || compareBytes(middle, high) < 0).toBe(true);
    }),
  );
});

/** A bucket with these keys, and the number of requests that it got. */
function bucketOf(keys: readonly string[]) {
  const sorted = keys.toSorted(compareBytes);
  let probes = 0;
  const firstKey = async (prefix: string, after: string) => {
    probes += 1;
    return sorted.find((one) => one.startsWith(prefix) && compareBytes(one, after) > 0);
  };
  return { firstKey, probes: () => probes };
}

const contains = ({ prefix, after, until }: KeyRange, one: string) =>
  one.startsWith(prefix) &&
  (after === undefined || compareBytes(one, after) > 0) &&
  (until === undefined || compareBytes(one, until) <= 0);

describe("the parts of a range", () => {
  test("contain each key of the range once, and also keys that are not in the bucket", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          key.filter((one) => one !== ""),
          { maxLength: 30 },
        ),
        fc.record({
          prefix: fc.constantFrom("", "a", "logs/"),
          after: fc.option(key, { nil: undefined }),
          until: fc.option(key, { nil: undefined }),
        }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(key),
        async (keys, range, wanted, others) => {
          const parts = await splitRange(range, wanted, bucketOf(keys).firstKey);
          expect(parts.length).toBeLessThanOrEqual(wanted);
          for (const one of [...keys, ...others]) {
            const holders = parts.filter((part) => contains(part, one));
            expect(holders).toHaveLength(contains(range, one) ? 1 : 0);
          }
        },
      ),
    );
  });

  test("are about equal for keys that are spread evenly below a long common prefix", async () => {
    const keys = Array.from(
      { length: 4096 },
      (_, n) => `backups/2026/11/27/${n.toString(16).padStart(3, "0")}.gz`,
    );
    const bucket = bucketOf(keys);
    const parts = await splitRange({ prefix: "" }, 8, bucket.firstKey);
    const sizes = parts.map((part) => keys.filter((one) => contains(part, one)).length);
    expect(sizes.length).toBeGreaterThanOrEqual(6);
    expect(Math.max(...sizes)).toBeLessThan(4096 / 2);
    expect(bucket.probes()).toBeLessThan(300);
  });

  test("are one if there is nothing to split", async () => {
    const range = { prefix: "a", after: "ab", until: "ax" };
    expect(await splitRange(range, 8, bucketOf([]).firstKey)).toEqual([range]);
    expect(await splitRange(range, 8, bucketOf(["ac"]).firstKey)).toHaveLength(1);
  });
});
