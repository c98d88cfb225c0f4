import * as fc from "fast-check";
import { expect, test } from "vitest";

import { Merge, type MergeOptions, type ReadPage, shareOf } from "../../src/catalog/merge.ts";

interface At {
  readonly at: number;
}

const compare = (a: At, b: At) => a.at - b.at;

/** A shard that pages as DynamoDB does: a page can be empty although more follow, and the last page can be full. */
function shardOf(
  items: readonly At[],
  empty: (page: number) => boolean,
): ReadPage<At, At> & { pages: number } {
  const read = Object.assign(
    (after: At | undefined, limit: number) => {
      const start = after === undefined ? 0 : items.filter((item) => item.at <= after.at).length;
      const page = items.slice(start, start + limit);
      const last = page.at(-1);
      read.pages += 1;
      return Promise.resolve({
        items: empty(read.pages) ? [] : page,
        next: page.length === limit ? last : undefined,
      });
    },
    { pages: 0 },
  );
  return read;
}

async function drain(merge: Merge<At, At>): Promise<number[]> {
  const found = [];
  for (let item = await merge.peek(); item; item = await merge.peek()) {
    found.push(item.at);
    merge.skipPast(item);
  }
  return found;
}

const someShards = fc.array(
  fc
    .uniqueArray(fc.nat(200), { maxLength: 40 })
    .map((numbers) => numbers.toSorted((a, b) => a - b).map((at) => ({ at }))),
  { minLength: 1, maxLength: 8 },
);
const never = () => false;

test("merges shards into one sequence for any page size", async () => {
  await fc.assert(
    fc.asyncProperty(
      someShards,
      fc.integer({ min: 1, max: 20 }),
      fc.boolean(),
      async (shards, limit, ahead) => {
        const merge = new Merge(
          shards.map((items) => shardOf(items, never)),
          { compare, limit, ahead },
        );
        const all = new Set(shards.flat().map(({ at }) => at));
        expect(await drain(merge)).toEqual([...all].toSorted((a, b) => a - b));
        expect(merge.stoppedAt()).toBeUndefined();
      },
    ),
  );
});

test("continues after empty pages", async () => {
  const items = [1, 2, 3, 4, 5].map((at) => ({ at }));
  // The filter removes all items of every other page.
  const merge = new Merge([shardOf(items, (page) => page % 2 === 1)], { compare, limit: 1 });
  expect(await drain(merge)).toEqual([2, 3]);
});

test("continues after a stop without losing or repeating an item", async () => {
  await fc.assert(
    fc.asyncProperty(
      someShards,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      async (shards, limit, most, ahead) => {
        const found: number[] = [];
        let after: At | undefined;
        do {
          let reads = 0;
          const options: MergeOptions<At> = {
            compare,
            after,
            limit,
            ahead,
            mayRead: () => reads < most,
          };
          const sources = shards.map((items): ReadPage<At, At> => {
            const read = shardOf(items, never);
            return async (...position) => {
              const page = await read(...position);
              reads += 1;
              return page;
            };
          });
          const merge = new Merge(sources, options);
          found.push(...(await drain(merge)));
          after = merge.stoppedAt();
        } while (after !== undefined);
        const all = new Set(shards.flat().map(({ at }) => at));
        expect(found).toEqual([...all].toSorted((a, b) => a - b));
      },
    ),
  );
});

test("returns all items before the position where it stops", async () => {
  let reads = 0;
  const page =
    (items: At[], next: At): ReadPage<At, At> =>
    () => {
      reads += 1;
      return Promise.resolve({ items, next });
    };
  // The filter removes all items of the first shard.
  const sources = [page([], { at: 50 }), page([{ at: 1 }, { at: 60 }], { at: 60 })];
  const merge = new Merge(sources, { compare, limit: 2, mayRead: () => reads < 2 });
  expect(await drain(merge)).toEqual([1]);
  expect(merge.stoppedAt()).toEqual({ at: 50 });
});

test("reads a page only when it is needed, unless it reads ahead", async () => {
  const items = Array.from({ length: 10 }, (_, at) => ({ at }));
  const lazy = shardOf(items, never);
  await new Merge([lazy], { compare, limit: 2 }).peek();
  expect(lazy.pages).toBe(1);
  const eager = shardOf(items, never);
  await new Merge([eager], { compare, limit: 2, ahead: true }).peek();
  expect(eager.pages).toBe(2);
});

test("skips items without reading them", async () => {
  const items = Array.from({ length: 1000 }, (_, at) => ({ at }));
  const shard = shardOf(items, never);
  const merge = new Merge([shard], { compare, limit: 2 });
  expect(await merge.peek()).toEqual({ at: 0 });
  merge.skipPast({ at: 990 });
  expect(await merge.peek()).toEqual({ at: 991 });
  expect(shard.pages).toBe(2);
});

test("throws the error of a shard where its items would follow", async () => {
  const failing: ReadPage<At, At> = (after) =>
    after === undefined
      ? Promise.resolve({ items: [{ at: 1 }], next: { at: 1 } })
      : Promise.reject(new Error("unavailable"));
  const merge = new Merge([failing], { compare, limit: 1, ahead: true });
  const first = await merge.peek();
  expect(first).toEqual({ at: 1 });
  merge.skipPast({ at: 1 });
  await expect(merge.peek()).rejects.toThrow("unavailable");
});

test("a shard's share of a page is little more than its average", () => {
  expect(shareOf(1, 8)).toBeLessThanOrEqual(3);
  expect(shareOf(1000, 8)).toBeLessThan(160);
  expect(shareOf(1_000_000, 8)).toBe(256);
});
